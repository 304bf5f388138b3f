// SPDX-License-Identifier: Apache-2.0
// Names of DNS messages as mDNS needs them: read with compression, as text; written without.
//
// A Name is a value of fixed size; labels are kept apart by dots, so a label with a dot in it reads as two. Pure.
#pragma once

#include <array>
#include <string_view>

#include "base/cursor.h"

namespace portolan::proto::mdns {

class Name {
 public:
  static constexpr size_t kMost = 255;

  Name() = default;
  explicit Name(std::string_view text) { add(text); }
  // The name at `at` of a message, which moves behind it. Fails (false) at anything malformed, also at a pointer that
  // does not point back.
  bool read(base::Bytes message, size_t& at);

  // Appends labels, with a dot between. What does not fit is cut.
  Name& add(std::string_view labels);
  std::string_view text() const { return {text_.data(), size_}; }
  bool is(std::string_view other) const;  // ignoring case
  void write(base::Writer& out) const;

 private:
  std::array<char, kMost> text_;
  size_t size_ = 0;
};

}  // namespace portolan::proto::mdns
