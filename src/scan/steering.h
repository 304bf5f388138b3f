// SPDX-License-Identifier: Apache-2.0
// Steering: what may be changed while a scan runs, from one side to all its lanes: the rate, a pause, exclusions.
//
// Whoever steers writes the orders under a lock and raises their number; a lane looks at the number once a turn, which
// is one load, and takes the lock only when it has changed. When it obeys an order, it says so: from then on no frame
// leaves that the order forbids. What cannot change in a running scan (targets, seed, key) is in the Plan and not here.
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "pace/rate.h"
#include "scan/exclusions.h"
#include "scan/plan.h"

namespace portolan::scan {

struct Orders {
  std::optional<pace::Rate> rate;  // of all lanes together; absent: nothing is sent, only listened
  bool paused = false;
  SharedExclusions exclusions;

  bool holds() const { return paused || !rate; }
};

class Steering {
 public:
  Steering(const Plan& plan, uint32_t lanes);

  void set_rate(std::optional<pace::Rate> rate);
  void pause(bool paused);
  void exclude(std::span<const AddressRange> ranges);

  Orders orders() const;
  // Never 0. Read before the orders, which may be newer.
  uint64_t number() const { return number_.load(std::memory_order_acquire); }

  // The lane obeys the orders up to this number. A lane that has ended obeys all.
  void obey(uint32_t lane, uint64_t number) { obeyed_[lane].store(number, std::memory_order_release); }
  void obey_all(uint32_t lane) { obey(lane, ~uint64_t{0}); }
  // All lanes obey what has been ordered until now.
  bool in_force() const;

 private:
  template <class F>
  void change(F&& f);

  mutable std::mutex lock_;
  Orders orders_;
  std::atomic<uint64_t> number_{1};
  uint32_t lanes_;
  std::unique_ptr<std::atomic<uint64_t>[]> obeyed_;
};

}  // namespace portolan::scan
