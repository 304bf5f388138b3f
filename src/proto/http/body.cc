// SPDX-License-Identifier: Apache-2.0
#include "proto/http/body.h"

#include <algorithm>

#include "proto/text.h"

namespace portolan::proto::http {

namespace {

constexpr size_t kMostLine = 4096;  // chunk sizes with their extensions, trailers
constexpr uint64_t kMostChunk = uint64_t{1} << 32;

BodyProgress take_data(Body& body, base::Bytes bytes, BodyStep then) {
  const size_t taken = std::min<uint64_t>(body.left, bytes.size());
  body.left -= taken;
  if (body.left == 0) body.step = then;
  return {taken, false};
}

// A chunk's size without its extension; nullopt: it is none.
std::optional<uint64_t> chunk_size(std::string_view line) {
  const auto size = number_of(trimmed(line.substr(0, line.find(';'))), 16);
  return size && *size <= kMostChunk ? size : std::nullopt;
}

bool take_line(Body& body, std::string_view line) {
  switch (body.step) {
    case BodyStep::kChunkSize: {
      const auto size = chunk_size(line);
      if (!size) return false;
      body.left = *size;
      body.step = *size == 0 ? BodyStep::kTrailer : BodyStep::kChunk;
      return true;
    }
    case BodyStep::kChunkEnd:
      body.step = BodyStep::kChunkSize;
      return line.empty();
    default:
      if (line.empty()) body.step = BodyStep::kNone;
      return true;
  }
}

}  // namespace

BodyProgress go_over(Body& body, base::Bytes bytes) {
  if (body.step == BodyStep::kLength) return take_data(body, bytes, BodyStep::kNone);
  if (body.step == BodyStep::kChunk) return take_data(body, bytes, BodyStep::kChunkEnd);
  const std::string_view text = text_of(bytes.first(std::min(bytes.size(), kMostLine)));
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return {0, text.size() == kMostLine};
  std::string_view line = text.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!take_line(body, line)) return {0, true};
  return {end + 1, false};
}

}  // namespace portolan::proto::http
