// SPDX-License-Identifier: Apache-2.0
#include "proto/answer.h"

#include <algorithm>
#include <charconv>

namespace portolan::proto {

void FactList::add(std::string_view name, std::string_view value) {
  const auto same = [&](const Fact& f) { return f.name == name; };
  if (std::any_of(facts_.begin(), facts_.begin() + static_cast<ptrdiff_t>(count_), same)) return;
  const size_t size = std::min(value.size(), kMostValue);
  if (size != value.size()) cut_ = true;
  if (count_ == kMostFacts || size > kMostBytes - used_) {
    cut_ = true;
    return;
  }
  char* const place = arena_.data() + used_;
  if (size != 0) std::memcpy(place, value.data(), size);
  facts_[count_++] = {name, {place, size}};
  used_ += size;
}

void FactList::add(std::string_view name, uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  add(name, std::string_view(digits.data(), static_cast<size_t>(end - digits.data())));
}

}  // namespace portolan::proto
