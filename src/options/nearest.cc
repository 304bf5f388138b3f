// SPDX-License-Identifier: Apache-2.0
#include "options/nearest.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace portolan::options {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

// Words of absurd length are cut: a typing slip is near whatever comes after the sixty-fourth letter.
Nearest::Nearest(std::string word) : word_(std::move(word)), limit_(0) {
  word_.resize(std::min<size_t>(word_.size(), 64));
  limit_ = std::max<size_t>(1, word_.size() / 3) + 1;
}

void Nearest::offer(std::string_view form, std::string shown) {
  const size_t distance = edit_distance(word_, form);
  if (distance >= limit_ || distance >= std::max(word_.size(), form.size())) return;
  limit_ = distance;
  best_ = std::move(shown);
}

}  // namespace portolan::options
