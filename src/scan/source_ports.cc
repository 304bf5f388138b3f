// SPDX-License-Identifier: Apache-2.0
#include "scan/source_ports.h"

#include <algorithm>

#include <fmt/format.h>

#include "options/value.h"

namespace portolan::scan {
namespace {

// Calls take(range) for the ranges of the offsets [begin, end), ascending.
template <class Pieces, class F>
void cut(const Pieces& pieces, uint32_t begin, uint32_t end, F&& take) {
  for (const auto& p : pieces) {
    const uint32_t size = uint32_t{p.range.last} - p.range.first + 1;
    const uint32_t from = std::max(begin, p.before), to = std::min(end, p.before + size);
    if (from >= to) continue;
    take(SourcePorts::Range{static_cast<uint16_t>(p.range.first + (from - p.before)),
                            static_cast<uint16_t>(p.range.first + (to - p.before - 1))});
  }
}

std::optional<uint16_t> port_of(std::string_view text) {
  const auto port = options::parse_number(text);
  return port && *port != 0 && *port <= UINT16_MAX ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

tl::expected<SourcePorts::Range, options::Error> range_of(std::string_view text) {
  const size_t hyphen = std::min(text.find('-'), text.size());
  const std::string_view first_text = text.substr(0, hyphen);
  const std::string_view last_text = hyphen == text.size() ? first_text : text.substr(hyphen + 1);
  const auto first = port_of(first_text), last = port_of(last_text);
  if (!first || !last) {
    return tl::unexpected(options::Error{fmt::format("'{}' is not a source port", first ? last_text : first_text), "",
                                         "give a port, a range as 40000-40255, or several by commas"});
  }
  if (*last < *first) {
    return tl::unexpected(options::Error{fmt::format("the source ports {} are the wrong way round", text), "",
                                         fmt::format("write {}-{}", *last, *first)});
  }
  return SourcePorts::Range{*first, *last};
}

}  // namespace

tl::expected<SourcePorts, options::Error> SourcePorts::parse(std::string_view text) {
  std::vector<Range> ranges;
  for (bool more = true; more;) {
    const size_t comma = std::min(text.find(','), text.size());
    more = comma != text.size();
    const auto range = range_of(text.substr(0, comma));
    if (!range) return tl::unexpected(range.error());
    ranges.push_back(*range);
    text.remove_prefix(comma + (more ? 1 : 0));
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i - 1].last) continue;
    return tl::unexpected(options::Error{fmt::format("the source port {} is named twice", ranges[i].first), "",
                                         "give ranges that do not overlap"});
  }
  return of(std::move(ranges));
}

SourcePorts SourcePorts::of(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  SourcePorts all;
  all.size_ = 0;
  for (const Range& r : ranges) {
    if (!all.pieces_.empty() && r.first <= uint32_t{all.pieces_.back().range.last} + 1) {
      uint16_t& last = all.pieces_.back().range.last;
      last = std::max(last, r.last);
    } else {
      all.pieces_.push_back({r, 0});
    }
  }
  for (Piece& p : all.pieces_) {
    p.before = all.size_;
    all.size_ += uint32_t{p.range.last} - p.range.first + 1;
  }
  all.first_ = all.pieces_.front().range.first;
  all.last_ = all.pieces_.back().range.last;
  if (all.pieces_.size() == 1) all.pieces_.clear();
  return all;
}

std::vector<SourcePorts::Range> SourcePorts::ranges() const {
  if (is_range()) return {{first_, last_}};
  std::vector<Range> all;
  for (const Piece& p : pieces_) all.push_back(p.range);
  return all;
}

uint16_t SourcePorts::at_in_list(uint32_t offset) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), offset, [](uint32_t o, const Piece& p) { return o < p.before; });
  const Piece& p = *std::prev(after);
  return static_cast<uint16_t>(p.range.first + (offset - p.before));
}

std::optional<uint32_t> SourcePorts::offset_in_list(uint16_t port) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), port,
                                      [](uint16_t x, const Piece& p) { return x < p.range.first; });
  const Piece& p = *std::prev(after);
  if (port > p.range.last) return std::nullopt;
  return p.before + (uint32_t{port} - p.range.first);
}

SourcePorts SourcePorts::part(uint32_t begin, uint32_t end) const {
  if (is_range()) return {static_cast<uint16_t>(first_ + begin), static_cast<uint16_t>(first_ + end - 1)};
  std::vector<Range> ranges;
  cut(pieces_, begin, end, [&](const Range& r) { ranges.push_back(r); });
  return of(std::move(ranges));
}

std::string SourcePorts::to_string() const {
  std::string text;
  for (const Range& r : ranges()) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", r.first);
    if (r.last != r.first) text += fmt::format("-{}", r.last);
  }
  return text;
}

}  // namespace portolan::scan
