// SPDX-License-Identifier: Apache-2.0
// Nearest: which of some words was probably meant.
//
// Distance is that of optimal string alignment (Damerau, 1964: a letter put in, left out, changed, or two neighbours
// swapped). Nothing is offered when more than a third of the word, and more than one letter, would have to change.
// Quadratic in the length of a word: for messages to people, not for data. Not shared between threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::options {

size_t edit_distance(std::string_view a, std::string_view b);

class Nearest {
 public:
  explicit Nearest(std::string word);

  // `form` is compared, `shown` is what best() will say. The first of equals wins.
  void offer(std::string_view form, std::string shown);
  const std::optional<std::string>& best() const { return best_; }

 private:
  std::string word_;
  size_t limit_;  // the largest distance that still counts as near, plus one; falls with each better offer
  std::optional<std::string> best_;
};

}  // namespace portolan::options
