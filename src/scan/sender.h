// SPDX-License-Identifier: Apache-2.0
// Sender: the counter that is the scan. Which positions are due, in bursts, at the rate; ProbeMaker makes them probes.
//
// turn(now) sends whatever is due and returns; next(now) says when to come back. First the routers' MAC addresses are
// resolved: if one is silent the scan fails before its first probe. Then pass 0 covers every position of the shard
// once; each further pass asks again those that have not answered, each target no sooner than the spacing after its
// last probe. A pass ends when the probes that waited for neighbours are sent or given up.
// The data path allocates nothing but neighbour entries of the local link. Not thread-safe: the lane's; stop() and
// progress() may be called from any thread.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "pace/pacer.h"
#include "scan/bulk_follower.h"
#include "scan/coverage.h"
#include "scan/frame_burst.h"
#include "scan/probe_maker.h"
#include "scan/state.h"
#include "scan/steering.h"

namespace portolan::scan {

struct Progress {
  double fraction = 0;  // of all positions of all passes
  uint32_t pass = 0;
  // Positions of all passes, dealt with (also by the run that this one resumes) and in all: of a LaneGroup.
  base::u128 positions = 0;
  base::u128 total = 0;
};

class Sender {
 public:
  enum class Phase : uint8_t { kRouters, kSending, kDraining, kDone, kFailed };

  // REQUIRES: state outlives the sender.
  Sender(LaneState& state, base::Nanos now);

  // Sends what is due. True when it did anything, so that another turn may follow at once.
  bool turn(base::Nanos now);
  // When turn() will next have something to do, as things stand; never before now.
  base::Nanos next(base::Nanos now) const;

  Phase phase() const { return phase_; }
  bool finished() const { return phase_ == Phase::kDone || phase_ == Phase::kFailed; }
  bool complete() const { return complete_; }  // every position of the lane's was covered in pass 0
  bool all_answered() const { return base::u128{state_.answered.size()} == size(); }
  // All have answered, or nobody was asked. REQUIRES: finished().
  bool nothing_can_come() const;
  const std::string& error() const { return error_; }  // of kFailed

  // From the next turn on. False: what was made before is still on its way out; then nothing was done.
  bool steer(const Orders& orders, base::Nanos now);

  // A MAC address was learned: probes that waited for it may go.
  void on_neighbor(stack::NeighborTable::Slot s) { state_.deferred.resolved(state_.neighbors.at(s)); }

  // Takes no new positions; what a bulk sender does is ended; probes that wait for neighbours are dropped, and counted.
  // The lane's thread.
  void stop();
  Progress progress() const;
  const Coverage& coverage() const { return coverage_; }
  // No more answers are taken in; `waited`: for as long as the plan wants.
  void end_coverage(bool waited, base::Nanos now) { coverage_.end(clear(), waited, now); }

 private:
  static constexpr size_t kBurst = FrameBurst::kCapacity;
  static constexpr base::Nanos kFullRetry = 50 * base::kMicrosecond;
  static constexpr base::Nanos kBulkLook = base::kMillisecond;  // between two looks at a bulk sender

  bool work(base::Nanos now);
  base::u128 size() const { return state_.share.end - state_.share.begin; }
  bool is_nothing_left() const;
  Covered place_of(base::u128 position) const { return {state_.pass, state_.share.index_from(position)}; }
  Covered covered() const;
  // The same, while something that was made has not been sent yet: as of when nothing had.
  Covered clear() const { return burst_.size() == 0 ? covered() : clear_; }
  void drop_excluded();
  void start_routers(base::Nanos now);
  void check_routers();
  bool serve_failures(base::Nanos now);
  bool serve_requests(base::Nanos now);
  bool serve_ready(base::Nanos now);
  bool send_positions(base::Nanos now);
  bool follow_bulk(base::Nanos now);
  void start_sending();
  void fail(std::string why);
  size_t due_positions(base::Nanos now) const;
  void end_pass(base::Nanos now);
  void begin_pass(uint32_t pass, base::u128 first, base::Nanos now);
  SendLog& log() { return state_.logs[state_.pass & 1]; }
  const SendLog& previous_log() const { return state_.logs[(state_.pass & 1) ^ 1]; }
  void publish();

  LaneState& state_;
  pace::Pacer pacer_;
  FrameBurst burst_;
  ProbeMaker maker_;
  std::optional<BulkFollower> bulk_;
  Phase phase_ = Phase::kRouters;
  bool complete_ = false;
  bool stopped_ = false;
  std::string error_;

  const Covered everything_;
  std::optional<Covered> stopped_at_;
  Covered clear_;
  Coverage coverage_;
  bool held_ = false;  // nothing is sent

  const base::u128 positions_before_;  // of an earlier run
  base::u128 position_ = 0;            // the next one of this pass
  base::Nanos pass_not_before_ = 0;    // spacing after the last probe that had waited for a neighbour
  base::Nanos last_deferred_ = 0;
  size_t routers_left_ = 0;

  std::atomic<double> fraction_{0};
  std::atomic<uint32_t> pass_{0};
};

}  // namespace portolan::scan
