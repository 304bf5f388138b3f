// SPDX-License-Identifier: Apache-2.0
// Score: results held against the truth, exactly: what was found, missed, invented, and told twice.
//
// Both are lists of (address, protocol, port, status), taken as sets; a result counts as found when the truth has the
// very same four. Sorts both and walks them side by side: 24 bytes a record, some 10 million a second a core, and the
// same answer whatever the order of the files. Any thread, one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "addr/target.h"
#include "result/observation.h"

namespace portolan::cli {

struct ReadResult {
  addr::Target target;
  result::State state = result::State::kOpen;

  auto operator<=>(const ReadResult&) const = default;
};

struct Tallied {
  uint64_t truth = 0;       // in the truth
  uint64_t found = 0;       // of these, in the results
  uint64_t invented = 0;    // different ones in the results that the truth has not
  uint64_t duplicates = 0;  // results told before, found or invented

  uint64_t missed() const { return truth - found; }
  // Of nothing, all was found; and nothing found is nothing invented.
  double recall() const { return truth == 0 ? 1 : static_cast<double>(found) / static_cast<double>(truth); }
  double precision() const {
    const uint64_t told = found + invented;
    return told == 0 ? 1 : static_cast<double>(found) / static_cast<double>(told);
  }
  Tallied& operator+=(const Tallied& o);
};

struct Score {
  Tallied total;
  std::map<addr::Protocol, Tallied> by_protocol;
  std::map<addr::ProtoPort, Tallied> by_port;
  std::vector<ReadResult> missed;    // the first ones by address, as many as were asked for
  std::vector<ReadResult> invented;  // likewise
};

// How many of the missed and invented ones to name.
struct ScoreLists {
  uint64_t missed = 0;
  uint64_t invented = 0;
};

// Sorts its arguments.
Score score(std::vector<ReadResult>& results, std::vector<ReadResult>& truth, const ScoreLists& lists);

}  // namespace portolan::cli
