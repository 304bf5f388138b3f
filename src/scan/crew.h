// SPDX-License-Identifier: Apache-2.0
// Crew: what the lanes of one scan have in common while they run: their mesh, what they are told, and who is through.
//
// No lane ends before all are through: until then it may receive what another one waits for. A lane writes here when
// it has sent its last probe, when its last target has answered and when it fails: once each, never on the packet
// path, where it only reads.
// Threads: any; request_stop() in signal handlers too.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/clock.h"
#include "scan/mesh.h"
#include "scan/steering.h"

namespace portolan::scan {

class Crew {
 public:
  Crew(const Plan& plan, uint32_t lanes) : mesh_(lanes), steering_(plan, lanes), sending_(lanes), unanswered_(lanes) {}

  Mesh& mesh() { return mesh_; }
  Steering& steering() { return steering_; }
  const Steering& steering() const { return steering_; }

  // The first asks to stop sending and to listen for the plan's wait; the second, to end now. One atomic store.
  void request_stop() { stop_requests_.fetch_add(1, std::memory_order_relaxed); }
  int stop_requests() const { return stop_requests_.load(std::memory_order_relaxed); }

  // A lane cannot go on: then none does.
  void fail() {
    failed_.store(true, std::memory_order_relaxed);
    mesh_.wake_all();
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

  // A lane has sent its last probe. Each once.
  void note_sent(base::Nanos now) {
    base::Nanos last = last_sent_.load(std::memory_order_relaxed);
    while (last < now && !last_sent_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
    }
    if (sending_.fetch_sub(1, std::memory_order_acq_rel) == 1) mesh_.wake_all();
  }
  bool all_sent() const { return sending_.load(std::memory_order_acquire) == 0; }
  // When the last of them did. REQUIRES: all_sent().
  base::Nanos last_sent() const { return last_sent_.load(std::memory_order_relaxed); }

  // All targets of a lane have been asked and have answered. Each at most once.
  void note_answered() {
    if (unanswered_.fetch_sub(1, std::memory_order_acq_rel) == 1) mesh_.wake_all();
  }
  bool all_answered() const { return unanswered_.load(std::memory_order_acquire) == 0; }

 private:
  Mesh mesh_;
  Steering steering_;
  alignas(64) std::atomic<int> stop_requests_{0};
  std::atomic<bool> failed_{false};
  std::atomic<base::Nanos> last_sent_{0};
  std::atomic<uint32_t> sending_;
  std::atomic<uint32_t> unanswered_;
};

}  // namespace portolan::scan
