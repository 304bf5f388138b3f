// SPDX-License-Identifier: Apache-2.0
// JournalFacts: the facts of a conversation in the journal's words. `result` may not know `proto`, so they are copied.
//
// Views into the FactList: dies with it. Single-threaded.
#pragma once

#include <array>
#include <span>

#include "proto/answer.h"
#include "result/contact.h"

namespace portolan::respond {

class JournalFacts {
 public:
  explicit JournalFacts(const proto::FactList& facts) {
    for (const proto::Fact& f : facts.all()) values_[count_++] = {f.name, f.value};
  }
  std::span<const result::NamedValue> all() const { return {values_.data(), count_}; }

 private:
  std::array<result::NamedValue, proto::FactList::kMostFacts> values_{};
  size_t count_ = 0;
};

}  // namespace portolan::respond
