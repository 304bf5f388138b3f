// SPDX-License-Identifier: Apache-2.0
#include "scan/bulk_follower.h"

#include <algorithm>

namespace portolan::scan {

void BulkFollower::begin(uint32_t pass, base::u128 first) {
  position_ = covered_ = first;
  bulk_.begin({pass % state_.share.ports.size(), first, state_.skips_answered});
}

bool BulkFollower::follow(base::u128 end, base::Nanos now) {
  if (stopped_) return false;
  bulk_.allow(end);
  // In this order: what is settled has left over what it will, and has counted all of it.
  settled_ = bulk_.settled();
  const base::u128 position = std::min(bulk_.position(), state_.share.end);
  const bool done = left_at_ == left_end_ && bulk_.sent().left == left_taken_;
  if (done) covered_ = position;
  const bool moved = position != position_;
  if (moved) {
    position_ = position;
    state_.logs[state_.pass & 1].mark(position, now);
  }
  if (left_at_ == left_end_) {
    left_at_ = 0;
    left_end_ = bulk_.take_left(left_);
    left_taken_ += left_end_;
  }
  settled_ = settled_ && left_at_ == left_end_;
  count();
  return moved || left_at_ != left_end_;
}

void BulkFollower::count() {
  const BulkSent now = bulk_.sent();
  auto& counters = state_.counters.scan;
  counters.add(Count::kPositions, now.positions - seen_.positions);
  const uint64_t probes = now.sent + now.refused - seen_.sent - seen_.refused;
  counters.add(state_.pass == 0 ? Count::kProbes : Count::kRetries, probes);
  counters.add(Count::kSkippedAnswered, now.skipped_answered - seen_.skipped_answered);
  state_.bulk_port.count_sent(now.sent - seen_.sent, now.sent_bytes - seen_.sent_bytes);
  state_.bulk_port.add(pktio::PortCounter::kSendRefused, now.refused - seen_.refused);
  state_.bulk_port.add(pktio::PortCounter::kSendRetries, now.again - seen_.again);
  seen_ = now;
}

void BulkFollower::stop() {
  if (stopped_) return;
  stopped_ = true;
  bulk_.stop();
  uint64_t unsent = left_end_ - left_at_;
  while (const size_t more = bulk_.take_left(left_)) unsent += more;
  left_at_ = left_end_ = 0;
  count();
  unsent += seen_.positions - seen_.sent - seen_.refused - seen_.skipped_answered - seen_.left;
  state_.counters.scan.add(Count::kUnresolved, unsent);
}

}  // namespace portolan::scan
