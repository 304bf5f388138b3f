// SPDX-License-Identifier: Apache-2.0
#include "respond/rule_pattern.h"

#include <algorithm>
#include <new>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace portolan::respond {
namespace {

constexpr uint32_t kHeapLimit = 256;  // KiB, of the interpreter

template <class T>
T* or_throw(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

}  // namespace

PatternScratch::PatternScratch()
    : data_(or_throw(pcre2_match_data_create(kMostGroups, nullptr))),
      context_(or_throw(pcre2_match_context_create(nullptr))) {
  pcre2_set_match_limit(context_, kMatchLimit);
  pcre2_set_depth_limit(context_, kMatchLimit);
  pcre2_set_heap_limit(context_, kHeapLimit);
}

PatternScratch::~PatternScratch() {
  pcre2_match_data_free(data_);
  pcre2_match_context_free(context_);
}

void Pattern::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }

Pattern::Pattern(pcre2_real_code_8* code) : code_(code) { pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups_); }

tl::expected<Pattern, PatternError> Pattern::compile(std::string_view text) {
  constexpr uint32_t kOptions = PCRE2_ANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
  int error = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), kOptions, &error, &at, nullptr);
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> words{};
    pcre2_get_error_message(error, words.data(), words.size());
    return tl::unexpected(PatternError{at, reinterpret_cast<const char*>(words.data())});
  }
  Pattern pattern(code);
  // Where memory may not be made executable the interpreter does it.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
  return pattern;
}

proto::Match Pattern::match(base::Bytes bytes, bool whole, PatternScratch& scratch, Groups& groups) const {
  const uint32_t options = PCRE2_NOTEMPTY | (whole ? 0u : PCRE2_PARTIAL_HARD);
  const int result = pcre2_match(code_.get(), bytes.data(), bytes.size(), 0, options, scratch.data_, scratch.context_);
  if (result == PCRE2_ERROR_PARTIAL) return proto::Match::kMore;
  if (result < 0) {
    if (result != PCRE2_ERROR_NOMATCH) ++scratch.exhausted_;
    return proto::Match::kNo;
  }
  // 0: there are more groups than we keep.
  const size_t known = result == 0 ? kMostGroups : static_cast<size_t>(result);
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(scratch.data_);
  groups.fill({});
  for (size_t i = 0; i < std::min(known, kMostGroups); ++i) {
    const PCRE2_SIZE begin = ends[2 * i];
    const PCRE2_SIZE end = ends[2 * i + 1];
    if (begin != PCRE2_UNSET && begin <= end) groups[i] = bytes.subspan(begin, end - begin);
  }
  return proto::Match::kYes;
}

}  // namespace portolan::respond
