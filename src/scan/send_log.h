// SPDX-License-Identifier: Apache-2.0
// SendLog: when was position k sent? Without a bit of state per probe.
//
// Positions are sent in their order, so a short list of (position, time) marks, one a burst, tells the time of each.
// Two users: the receiver, for round-trip times (an answer names its target, the inverse permutation names its
// position, the log names the moment), and the retry passes, which must not ask again too early. Marks of the past
// are thinned out, never lost: `sent_by` answers for every position of the pass, only less precisely for old ones.
// This takes no bit from the cookie and no option in the probe. Not thread-safe: the lane's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/int128.h"

namespace portolan::scan {

class SendLog {
 public:
  // Keeps the newest `recent` bursts exactly.
  explicit SendLog(size_t recent = size_t{1} << 16);

  // A burst that sent positions [last mark's end, end) was handed to the port at `time`.
  // REQUIRES: ends and times never decrease.
  void mark(base::u128 end, base::Nanos time);

  // The time of the burst that sent `position`, exactly, while it is among the recent ones; else nullopt.
  std::optional<base::Nanos> sent_at(base::u128 position) const;

  // A time by which `position` had been sent for certain, and not much later than it was: exact for recent bursts,
  // else rounded up by about 1/2,048 of the pass. nullopt when it has not been sent yet.
  std::optional<base::Nanos> sent_by(base::u128 position) const;

  // Every position below it had been sent by `time`; not far below the greatest such position.
  base::u128 end_by(base::Nanos time) const;

  void clear();

 private:
  struct Mark {
    base::u128 end;  // positions below this one had been sent ...
    base::Nanos time;
  };
  static constexpr size_t kCoarse = 4096;

  const Mark* recent(base::u128 position) const;
  const Mark& ring(size_t i) const { return ring_[i & (kept_ - 1)]; }
  void mark_coarse(const Mark& m);

  size_t kept_;                   // a power of two
  std::unique_ptr<Mark[]> ring_;  // left as it comes: only marks that were written are read
  size_t head_ = 0;               // marks ever written; the newest is ring(head_ - 1)
  base::u128 forgotten_end_ = 0;  // positions below it are no longer in the ring
  std::vector<Mark> coarse_;      // at most kCoarse, each `stride_` marks apart
  size_t stride_ = 1;
  size_t since_coarse_ = 0;
};

}  // namespace portolan::scan
