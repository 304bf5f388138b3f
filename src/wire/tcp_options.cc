// SPDX-License-Identifier: Apache-2.0
#include "wire/tcp_options.h"

#include "base/cursor.h"

namespace portolan::wire {

std::optional<TcpOption> TcpOptionReader::next() {
  if (rest_.empty()) return std::nullopt;
  const uint8_t kind = rest_[0];
  if (kind == tcp_option_kind::kEnd) {
    rest_ = {};
    return TcpOption{kind, {}};
  }
  if (kind == tcp_option_kind::kNop) {
    rest_ = rest_.subspan(1);
    return TcpOption{kind, {}};
  }
  if (rest_.size() < 2 || rest_[1] < 2 || rest_[1] > rest_.size()) {
    malformed_ = true;
    rest_ = {};
    return std::nullopt;
  }
  const size_t length = rest_[1];
  const TcpOption option{kind, rest_.subspan(2, length - 2)};
  rest_ = rest_.subspan(length);
  return option;
}

namespace {

// False when the length is not the one that the kind has.
bool take(TcpOptions& into, const TcpOption& option) {
  base::Reader data(option.data);
  switch (option.kind) {
    case tcp_option_kind::kMss:
      if (data.left() != 2) return false;
      into.mss = data.be16();
      return true;
    case tcp_option_kind::kWindowScale:
      if (data.left() != 1) return false;
      into.window_scale = data.u8();
      return true;
    case tcp_option_kind::kSackPermitted:
      if (data.left() != 0) return false;
      into.sack_permitted = true;
      return true;
    case tcp_option_kind::kTimestamps:
      if (data.left() != 8) return false;
      into.timestamps.emplace();
      into.timestamps->value = data.be32();
      into.timestamps->echo = data.be32();
      return true;
    default:
      return true;
  }
}

}  // namespace

TcpOptions TcpOptions::read(base::Bytes options) {
  TcpOptions found;
  TcpOptionReader reader(options);
  while (const auto option = reader.next()) {
    if (found.kind_count < found.kinds.size()) found.kinds[found.kind_count++] = option->kind;
    if (!take(found, *option)) found.malformed = true;
  }
  found.malformed |= reader.malformed();
  return found;
}

size_t size_of(const SynOptions& v) {
  return (v.mss ? 4u : 0u) + (v.timestamp ? 12u : v.sack_permitted ? 4u : 0u) + (v.window_scale ? 4u : 0u);
}

void emit(const SynOptions& v, base::MutableBytes out) {
  using namespace tcp_option_kind;
  base::Writer w(out);
  if (v.mss) w.u8(kMss), w.u8(4), w.be16(*v.mss);
  if (v.sack_permitted || v.timestamp) {
    // SACK permitted takes the two bytes that would otherwise pad the timestamps, and the other way round.
    if (!v.sack_permitted || !v.timestamp) w.u8(kNop), w.u8(kNop);
    if (v.sack_permitted) w.u8(kSackPermitted), w.u8(2);
    if (v.timestamp) w.u8(kTimestamps), w.u8(10), w.be32(*v.timestamp), w.be32(0);
  }
  if (v.window_scale) w.u8(kNop), w.u8(kWindowScale), w.u8(3), w.u8(*v.window_scale);
}

}  // namespace portolan::wire
