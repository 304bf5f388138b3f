// SPDX-License-Identifier: Apache-2.0
// BulkFollower: the sender's hold on a BulkSender: how far it may go by now, what it has done since the last look, in
// the lane's counters and its log, and the positions that it left over, until the sender has dealt with them.
//
// The books stay those of a lane that sends all by itself (counters.h): a probe of the bulk's is a probe. Not
// thread-safe: the lane's.
#pragma once

#include <array>
#include <span>
#include <string>

#include "scan/bulk.h"
#include "scan/state.h"

namespace portolan::scan {

class BulkFollower {
 public:
  // REQUIRES: both outlive it.
  BulkFollower(BulkSender& bulk, LaneState& state) : bulk_(bulk), state_(state) {}

  void begin(uint32_t pass, base::u128 first);
  void start() { bulk_.start(state_.egress); }

  // Positions below `end` may be sent; takes note of what has been done. True when there was anything.
  bool follow(base::u128 end, base::Nanos now);
  // Every position below it is sent, skipped, or among left().
  base::u128 position() const { return position_; }

  // As position(), and none of them is left: as of the last look at which none was.
  base::u128 covered() const { return covered_; }

  // Positions that wait for the sender, oldest first. done(n): the first n have been dealt with.
  std::span<const base::u128> left() const { return {left_.data() + left_at_, left_end_ - left_at_}; }
  void done(size_t n) { left_at_ += n; }

  // Nothing of the pass is on its way or left. REQUIRES: follow() came after the last position was allowed.
  bool settled() const { return settled_ && left_at_ == left_end_; }
  void charge(uint64_t frames) { bulk_.charge(frames); }
  // Ends the sending for good; positions that were taken and not sent count as unresolved.
  void stop();
  void set_rate(pace::Rate rate) { bulk_.set_rate(rate); }
  void hold(bool held) { bulk_.hold(held); }
  std::string error() const { return bulk_.error(); }

 private:
  void count();

  BulkSender& bulk_;
  LaneState& state_;
  BulkSent seen_;
  base::u128 position_ = 0;
  base::u128 covered_ = 0;
  uint64_t left_taken_ = 0;
  bool settled_ = false;
  bool stopped_ = false;
  size_t left_at_ = 0;
  size_t left_end_ = 0;
  std::array<base::u128, 64> left_{};
};

}  // namespace portolan::scan
