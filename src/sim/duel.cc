// SPDX-License-Identifier: Apache-2.0
#include "sim/duel.h"

#include <algorithm>

namespace portolan::sim {

Duel::Duel(const scan::Plan& plan, const respond::EngineOptions& responder, result::Journal* journal) {
  auto egress = scan::Egress::make(plan, simple_vantage());
  if (!egress) {
    error_ = egress.error();
    return;
  }
  auto [near, far] = pktio::make_port_pair({.capacity = 1024, .clock = &clock_});
  near_ = std::move(near);
  far_ = std::move(far);
  const std::vector<pktio::Port*> ports(egress->links().size(), near_.get());
  engine_ = std::make_unique<respond::Engine>(responder, *far_, journal, clock_.now());
  lane_ = std::make_unique<scan::LaneGroup>(plan, std::move(*egress), scan::LaneGroup::LanePorts{ports}, clock_);
  lane_->move_in_here();
}

bool Duel::serve() {
  const std::span<const pktio::RxFrame> frames = far_->receive(256);
  for (const pktio::RxFrame& frame : frames) engine_->on_frame(frame, clock_.now());
  const bool due = engine_->next_deadline() <= clock_.now();
  if (due) engine_->on_time(clock_.now(), clock_.wall());
  engine_->flush();
  return due || !frames.empty();
}

scan::Lane::End Duel::run(base::Nanos limit) {
  while (clock_.now() < limit) {
    base::Nanos wake = 0;
    const bool going_on = lane_->step(wake);
    const bool traffic = serve();
    for (result::Observation o; lane_->rings().front()->pop(o);) observations_.push_back(o);
    if (!going_on) return lane_->end();
    if (traffic || wake <= clock_.now()) continue;
    clock_.set(std::max(clock_.now(), std::min({wake, engine_->next_deadline(), limit})));
  }
  return scan::Lane::End::kFailed;
}

}  // namespace portolan::sim
