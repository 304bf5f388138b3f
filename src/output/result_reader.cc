// SPDX-License-Identifier: Apache-2.0
#include "output/result_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/read_binary.h"
#include "output/read_csv.h"
#include "output/read_json.h"
#include "output/read_lines.h"
#include "output/read_xml.h"

namespace portolan::output {
namespace {

constexpr size_t kEnoughToTell = 4096;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kSqlite = "SQLite format 3";
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd", kGzip = "\x1f\x8b";

// A bracket opens an array of objects, or an IPv6 address before a port.
bool is_json(std::string_view text) {
  if (text[0] == '{') return true;
  if (text[0] != '[') return false;
  const size_t next = text.find_first_not_of(" \t\r\n", 1);
  return next == text.npos || text[next] == '{' || text[next] == ']' || text[next] == ',';
}

// The first line that is neither empty nor a remark, with its line feed where it has one.
std::string_view first_line(std::string_view text) {
  for (;;) {
    const size_t blank = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(blank);
    if (text.empty() || text[0] != '#') return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

// find() is much faster than count() where lines are long.
uint64_t lines_in(std::string_view text) {
  uint64_t lines = 0;
  for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) ++lines;
  return lines;
}

bool is_remark(std::string_view text) { return text[0] == '#'; }

std::string not_ours(std::string_view start) {
  if (start.starts_with(kSqlite))
    return "this is a database: print what is wanted of it as CSV by sqlite3 -csv -header";
  if (start.starts_with(kZstd)) return "this is compressed: zstd -dc FILE | portolan convert -";
  if (start.starts_with(kGzip)) return "this is compressed: zcat FILE | portolan convert -";
  return "this is in no form of results that is known";
}

}  // namespace

std::unique_ptr<ResultReader> reader_of(std::string_view start, bool whole, const ReadingOptions& options,
                                        std::string& why) {
  why.clear();
  const size_t magic = std::min(start.size(), kBinaryMagic.size());
  if (start.substr(0, magic) == kBinaryMagic.substr(0, magic)) {
    if (magic < kBinaryMagic.size() && !whole) return nullptr;
    return std::make_unique<BinaryReader>(options.numbers);
  }
  std::string_view text = start;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool enough = whole || start.size() >= kEnoughToTell;
  if (text.empty() || (!enough && text.find_first_not_of(" \t\r\n[") == text.npos)) {
    if (!whole) return nullptr;
    return std::make_unique<LinesReader>();  // nothing in it
  }
  if (is_json(text)) return std::make_unique<JsonReader>();
  if (text[0] == '<') return std::make_unique<XmlReader>();
  const std::string_view line = first_line(text);
  if (!enough && !line.ends_with('\n')) return nullptr;
  if (is_remark(text) || LinesReader::knows(line.substr(0, line.find_last_not_of("\r\n") + 1))) {
    return std::make_unique<LinesReader>();
  }
  if (CsvReader::is_header(line)) return std::make_unique<CsvReader>();
  why = not_ours(start);
  return nullptr;
}

bool ResultStream::feed(std::string_view piece, result::Sink& into) {
  if (damaged()) return false;
  held_.append(piece);
  return read(false, into);
}

std::string ResultStream::damaged_place(std::string_view title) const {
  return line_ == 0 ? fmt::format("{}, byte {}", title, offset_)
                    : fmt::format("{}:{} (byte {})", title, line_, offset_);
}

bool ResultStream::finish(result::Sink& into) { return !damaged() && read(true, into); }

bool ResultStream::recognise(bool last) {
  if (reader_ || (last && held_.empty())) return true;
  reader_ = reader_of(held_, last, options_, damage_);
  if (!reader_) return !damaged();
  if (!held_.starts_with(kByteOrderMark)) return true;
  held_.erase(0, kByteOrderMark.size());
  offset_ += kByteOrderMark.size();
  return true;
}

bool ResultStream::read(bool last, result::Sink& into) {
  if (!recognise(last)) return false;
  if (!reader_) return true;
  const size_t done = reader_->read(held_, last, into);
  line_ = reader_->has_lines() ? line_ + lines_in(std::string_view(held_).substr(0, done)) : 0;
  offset_ += done;
  held_.erase(0, done);
  damage_ = reader_->damage();
  if (!damaged() && !last && held_.size() > kLongestRecord) damage_ = "a record is longer than 16 MiB";
  return !damaged();
}

}  // namespace portolan::output
