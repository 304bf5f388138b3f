// SPDX-License-Identifier: Apache-2.0
// Pattern: a Perl-compatible regular expression (PCRE2) that bytes as they come in are held against, in bounded work.
//
// Always anchored at the first byte, over bytes and not UTF-8. Asked in the way that PCRE2 calls hard partial matching:
// kYes only when no byte that may still come could change the match, kMore while one could; so the answer does not
// depend on how the bytes were cut. An empty match is none.
// The work of one question is bounded (kMatchLimit); a pattern that needs more for some bytes does not match them, and
// PatternScratch counts it. Compiled once, with PCRE2's just-in-time compiler where it may; matching does not allocate.
// A Pattern is immutable: any thread. A PatternScratch belongs to one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/bytes.h"
#include "proto/server.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace portolan::respond {

inline constexpr uint32_t kMatchLimit = 20'000;  // PCRE2's match_limit
inline constexpr size_t kMostGroups = 10;        // {0} to {9}

struct PatternError {
  size_t at = 0;  // byte of the pattern
  std::string what;
};

class PatternScratch {
 public:
  PatternScratch();
  ~PatternScratch();
  PatternScratch(const PatternScratch&) = delete;
  PatternScratch& operator=(const PatternScratch&) = delete;

  uint64_t exhausted() const { return exhausted_; }  // matches that were given up at a limit

 private:
  friend class Pattern;
  pcre2_real_match_data_8* data_;
  pcre2_real_match_context_8* context_;
  uint64_t exhausted_ = 0;
};

class Pattern {
 public:
  using Groups = std::array<base::Bytes, kMostGroups>;  // views into the bytes; empty: unset

  static tl::expected<Pattern, PatternError> compile(std::string_view text);

  uint32_t groups() const { return groups_; }  // capturing ones, {0} not counted
  // `whole`: no more bytes will come; then the answer is never kMore. `groups` is filled on kYes.
  proto::Match match(base::Bytes bytes, bool whole, PatternScratch& scratch, Groups& groups) const;

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
  };
  explicit Pattern(pcre2_real_code_8* code);
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  uint32_t groups_ = 0;
};

}  // namespace portolan::respond
