// SPDX-License-Identifier: Apache-2.0
#include "addr/list_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "addr/grammar_internal.h"

namespace portolan::addr {
namespace {

using grammar_internal::scan_quad;

constexpr std::string_view kMark = "\xef\xbb\xbf";

enum CharacterKind : uint8_t { kItem = 0, kSeparator = 1, kComment = 2 };

constexpr std::array<CharacterKind, 256> kKinds = [] {
  std::array<CharacterKind, 256> kinds{};
  for (const char c : {' ', '\t', '\r', '\n', ','}) kinds[static_cast<uint8_t>(c)] = kSeparator;
  for (const char c : {'#', ';'}) kinds[static_cast<uint8_t>(c)] = kComment;
  return kinds;
}();

CharacterKind kind_of(char c) { return kKinds[static_cast<uint8_t>(c)]; }

const char* end_of_item(const char* p, const char* end) {
  return std::find_if(p, end, [](char c) { return kind_of(c) != kItem; });
}

}  // namespace

std::string ListError::to_string() const {
  return fmt::format("{}:{}: {}", place.line, place.column, error.to_string());
}

void ListReader::feed(std::string_view piece) {
  piece_ = piece.data();
  const char* p = piece.data();
  const char* const end = p + piece.size();
  if (at_start_) p = skip_mark(p, end);
  if (!unfinished_.empty()) p = resume(p, end);
  while (p != end) p = read(p, end);
  piece_offset_ += piece.size();
}

void ListReader::finish() {
  if (at_start_ && mark_length_ > 0) unfinished_ = kMark.substr(0, mark_length_);
  at_start_ = false;
  if (!unfinished_.empty()) take(unfinished_, unfinished_offset_);
  unfinished_.clear();
}

// The mark may itself come in pieces; what only began like it is an item.
const char* ListReader::skip_mark(const char* p, const char* end) {
  while (p != end && mark_length_ < kMark.size() && *p == kMark[mark_length_]) ++p, ++mark_length_;
  const bool whole = mark_length_ == kMark.size();
  if (!whole && p == end) return p;
  at_start_ = false;
  if (whole) line_offset_ = kMark.size();
  if (!whole) unfinished_ = kMark.substr(0, mark_length_);
  return p;
}

const char* ListReader::resume(const char* p, const char* end) {
  const char* stop = end_of_item(p, end);
  const size_t room = kLongestItem + 1 - std::min(unfinished_.size(), kLongestItem + 1);
  unfinished_.append(p, std::min(room, static_cast<size_t>(stop - p)));
  if (unfinished_.starts_with("//")) {
    in_comment_ = true;
  } else if (stop == end) {
    return end;
  } else {
    take(unfinished_, unfinished_offset_);
  }
  unfinished_.clear();
  return stop;
}

// One step: a comment's rest, a separator, or an item.
const char* ListReader::read(const char* p, const char* end) {
  if (in_comment_) {
    const void* newline = std::memchr(p, '\n', static_cast<size_t>(end - p));
    if (newline == nullptr) return end;
    in_comment_ = false;
    return static_cast<const char*>(newline);
  }
  switch (kind_of(*p)) {
    case kSeparator:
      if (*p++ == '\n') ++line_, line_offset_ = offset_of(p);
      return p;
    case kComment:
      in_comment_ = true;
      return p;
    case kItem:
      break;
  }
  uint32_t address = 0;
  const char* after = scan_quad(p, end, &address);
  if (after == nullptr || after == end || kind_of(*after) == kItem) return read_item(p, end);
  add_quad(address);
  return after;
}

const char* ListReader::read_item(const char* p, const char* end) {
  const char* stop = end_of_item(p, end);
  const std::string_view item(p, static_cast<size_t>(stop - p));
  if (item.starts_with("//")) {
    in_comment_ = true;
  } else if (stop == end) {
    unfinished_ = item.substr(0, kLongestItem + 1);
    unfinished_offset_ = offset_of(p);
  } else {
    take(item, offset_of(p));
  }
  return stop;
}

void ListReader::add_quad(uint32_t address) {
  ++item_count_;
  if (purpose_ == ListPurpose::kTargets) {
    into_.add_v4(address, address);
  } else {
    into_.exclude_v4(address, address);
  }
}

void ListReader::take(std::string_view item, uint64_t offset) {
  const ListPlace place{line_, offset - line_offset_ + 1};
  if (item.size() > kLongestItem) {
    return fail(
        {0, item.size(),
         fmt::format("{} goes on for more than {} bytes", grammar_internal::quoted(item.substr(0, 20)), kLongestItem),
         "separate items by spaces, commas or new lines"},
        place);
  }
  auto parsed = parse_target(item);
  if (!parsed) return fail(std::move(parsed).error(), place);
  if (const auto* range = std::get_if<AddressRange>(&*parsed)) return take(*range);
  take_with_place(*std::move(parsed), item, place);
}

void ListReader::take(const AddressRange& range) {
  ++item_count_;
  if (purpose_ == ListPurpose::kTargets) {
    into_.add(range.first, range.last);
  } else {
    into_.exclude(range.first, range.last);
  }
}

void ListReader::take_with_place(TargetItem item, std::string_view text, const ListPlace& place) {
  auto* host = std::get_if<HostName>(&item);
  if (purpose_ == ListPurpose::kExclusions && (host == nullptr || host->service)) {
    return fail({0, text.size(), fmt::format("{} excludes one port of an address", grammar_internal::quoted(text)),
                 "exclude the address, or the port everywhere with --exclude-ports"},
                place);
  }
  ++item_count_;
  if (host != nullptr) {
    names_.push_back({place, std::move(*host)});
  } else {
    into_.add_pair(std::get<Target>(item));
  }
}

void ListReader::fail(TextError error, const ListPlace& place) {
  ++error_count_;
  if (errors_.size() < kErrorsKept) errors_.push_back({{place.line, place.column + error.offset}, std::move(error)});
}

}  // namespace portolan::addr
