// SPDX-License-Identifier: Apache-2.0
#include "scan/steering.h"

namespace portolan::scan {

Steering::Steering(const Plan& plan, uint32_t lanes)
    : lanes_(lanes), obeyed_(std::make_unique<std::atomic<uint64_t>[]>(lanes)) {
  if (!plan.listen_only) orders_.rate = plan.rate;
  orders_.exclusions = add_exclusions(nullptr, plan.late_exclusions, plan.late_excluded_services);
}

template <class F>
void Steering::change(F&& f) {
  const std::lock_guard held(lock_);
  f(orders_);
  number_.fetch_add(1, std::memory_order_acq_rel);
}

void Steering::set_rate(std::optional<pace::Rate> rate) {
  change([&](Orders& o) { o.rate = rate; });
}

void Steering::pause(bool paused) {
  change([&](Orders& o) { o.paused = paused; });
}

void Steering::exclude(std::span<const AddressRange> ranges) {
  change([&](Orders& o) { o.exclusions = add_exclusions(o.exclusions, ranges); });
}

Orders Steering::orders() const {
  const std::lock_guard held(lock_);
  return orders_;
}

bool Steering::in_force() const {
  const uint64_t wanted = number();
  for (uint32_t lane = 0; lane < lanes_; ++lane) {
    if (obeyed_[lane].load(std::memory_order_acquire) < wanted) return false;
  }
  return true;
}

}  // namespace portolan::scan
