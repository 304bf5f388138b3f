// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <algorithm>

#include "pktio/pair_port.h"

namespace portolan::sim {
namespace {

addr::IpAddress v6(uint64_t hi, uint64_t lo) { return addr::IpAddress::v6(base::make_u128(hi, lo)); }

constexpr uint64_t kNet = 0xfd00000000000000u;

}  // namespace

host::Vantage simple_vantage() {
  using addr::IpAddress;
  host::Vantage v;
  const IpAddress us4 = IpAddress::v4(0x0a000001);
  const IpAddress us6 = v6(kNet, 1);
  v.interfaces.push_back(
      {1, "sim0", host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {{us4, 16}, {us6, 64}}});
  const IpAddress router4 = IpAddress::v4(0x0a0000fe);
  const IpAddress router6 = v6(kNet, 0xfe);
  const IpAddress mapped_first = IpAddress::v4(0);
  v.hops = {
      {v6(0, 1), IpAddress::v6(mapped_first.v6_bits() - 1), 1, us6, router6},
      {IpAddress::v4(0), IpAddress::v4(0x09ffffff), 1, us4, router4},
      {IpAddress::v4(0x0a000000), IpAddress::v4(0x0a00fffe), 1, us4, {}},
      {IpAddress::v4(0x0a010000), IpAddress::v4(~0u), 1, us4, router4},
      {v6(1, 0), v6(kNet - 1, ~uint64_t{0}), 1, us6, router6},
      {v6(kNet, 0), v6(kNet, ~uint64_t{0}), 1, us6, {}},
      {v6(kNet + 1, 0), IpAddress::v6(base::kU128Max), 1, us6, router6},
  };
  v.broadcasts = {IpAddress::v4(0x0a00ffff)};
  return v;
}

World::World(const scan::Plan& plan, std::span<const host::Vantage> vantages, NetworkOptions options,
             const WorldLanes& lanes) {
  auto egress = scan::Egress::make(plan, vantages);
  if (!egress) {
    error_ = egress.error();
    return;
  }
  std::vector<std::unique_ptr<pktio::Port>> far;
  scan::LaneGroup::LanePorts ports;
  const size_t links = egress->links().size();
  for (size_t end = 0; end < lanes.count * links; ++end) {
    auto [near_end, far_end] = pktio::make_port_pair({.capacity = 1024 / (lanes.count * links), .clock = &clock_});
    near_.push_back(std::move(near_end));
    far.push_back(std::move(far_end));
  }
  scan::Bulk over;
  if (lanes.bulk) {
    auto fake = std::make_unique<FakeBulk>(plan, std::move(near_.front()), clock_);
    bulk_ = fake.get();
    over = {bulk_, bulk_};
    near_.front() = std::move(fake);
  }
  for (size_t end = 0; end < near_.size(); ++end) {
    if (end % links == 0) ports.emplace_back();
    ports.back().push_back(near_[end].get());
  }
  far_ = std::make_unique<Junction>(std::move(far), lanes.steering);
  network_ = std::make_unique<Network>(*far_, clock_, std::move(options));
  lane_ = std::make_unique<scan::LaneGroup>(plan, std::move(*egress), std::move(ports), clock_, over, size_t{1} << 12);
  lane_->remember(lanes.remembered);
  lane_->move_in_here();
}

void World::collect() {
  result::Observation o;
  for (scan::Receiver::Ring* ring : lane_->rings()) {
    while (ring->pop(o)) observations_.push_back(o);
  }
}

bool World::run_until(base::Nanos until) {
  while (clock_.now() < until) {
    base::Nanos wake = 0;
    const bool going_on = lane_->step(wake);
    const bool traffic = network_->step();
    collect();
    if (!going_on) return false;
    if (traffic || wake <= clock_.now()) continue;
    if (const auto next = network_->next()) wake = std::min(wake, *next);
    clock_.set(std::max(clock_.now(), std::min(wake, until)));
  }
  return true;
}

scan::Lane::End World::run(base::Nanos limit) { return run_until(limit) ? scan::Lane::End::kFailed : lane_->end(); }

}  // namespace portolan::sim
