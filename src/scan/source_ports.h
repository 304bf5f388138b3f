// SPDX-License-Identifier: Apache-2.0
// SourcePorts: our own ports, a sorted list of ranges, numbered from 0 in ascending order. A target's probes spread
// over all of them.
//
// Nearly always it is one range, and then every question is an addition; a list is searched. A value. Nothing but
// making one allocates, and copying one that is a list. Any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "options/error.h"

namespace portolan::scan {

class SourcePorts {
 public:
  struct Range {
    uint16_t first = 0;  // both included
    uint16_t last = 0;
    bool operator==(const Range&) const = default;
  };

  SourcePorts() = default;  // port 0 alone: to be filled in
  // One range. REQUIRES: first <= last.
  SourcePorts(uint16_t first, uint16_t last) : first_(first), last_(last), size_(uint32_t{last} - first + 1) {}
  // In any order; what overlaps or touches is one. REQUIRES: not empty, each first <= last.
  static SourcePorts of(std::vector<Range> ranges);
  // What to_string() writes, in any order: ports and ranges by commas, none of them twice. The error has no place.
  static tl::expected<SourcePorts, options::Error> parse(std::string_view text);

  uint32_t size() const { return size_; }
  uint16_t first() const { return first_; }
  uint16_t last() const { return last_; }
  bool is_range() const { return pieces_.empty(); }
  std::vector<Range> ranges() const;  // ascending, with gaps between them

  // REQUIRES: offset < size().
  uint16_t at(uint32_t offset) const {
    return is_range() ? static_cast<uint16_t>(first_ + offset) : at_in_list(offset);
  }
  // The inverse; nullopt: not one of them.
  std::optional<uint32_t> offset_of(uint16_t port) const {
    if (port < first_ || port > last_) return std::nullopt;
    return is_range() ? std::optional<uint32_t>(uint32_t{port} - first_) : offset_in_list(port);
  }
  bool contains(uint16_t port) const { return offset_of(port).has_value(); }

  // Those at the offsets [begin, end). REQUIRES: begin < end <= size().
  SourcePorts part(uint32_t begin, uint32_t end) const;

  std::string to_string() const;  // "40000-40255,50000"
  bool operator==(const SourcePorts&) const = default;

 private:
  struct Piece {
    Range range;
    uint32_t before = 0;  // how many ports are in those before it
    bool operator==(const Piece&) const = default;
  };

  uint16_t at_in_list(uint32_t offset) const;
  std::optional<uint32_t> offset_in_list(uint16_t port) const;

  uint16_t first_ = 0;
  uint16_t last_ = 0;
  uint32_t size_ = 1;
  std::vector<Piece> pieces_;  // none where there is one range
};

}  // namespace portolan::scan
