// SPDX-License-Identifier: Apache-2.0
// Every frame that a ProbeMaker makes, against the same frame made by single calls, in their order: whichever of its
// two ways a burst takes, and however few slots the port lends. Waiting for neighbours is tested in sim.
#include "scan/probe_maker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "addr/target_set_builder.h"
#include "pktio/pair_port.h"
#include "scan/identity_columns.h"
#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::scan::probe_maker_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using base::u128;
using Frame = std::vector<uint8_t>;

const u128 kNet6 = base::make_u128(0x2a00000100000000, 0);

// Two routers, so that some bursts have two paths: IPv4 is divided at 11.128.0.0.
host::Vantage two_routers() {
  host::Vantage v;
  const IpAddress one = IpAddress::v4(0xc0000201), other = IpAddress::v4(0xc0000202);
  const IpAddress six = IpAddress::v6(base::make_u128(0x20010db800000000, 1));
  v.interfaces.push_back({1, "pair", host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {}});
  v.hops = {{IpAddress::v4(0), IpAddress::v4(0x0b7fffff), 1, one, {}},
            {IpAddress::v4(0x0b800000), IpAddress::v4(~0u), 1, other, {}},
            {IpAddress::v6(base::make_u128(0x2000000000000000, 0)), IpAddress::v6(base::kU128Max), 1, six, {}}};
  return v;
}

uint16_t any_port() { return static_cast<uint16_t>(*rc::gen::inRange(1, 65536)); }

// Of one kind mostly, as scans are; or of many.
void add_services(addr::TargetSetBuilder& b, int kind) {
  if (kind == 0) return b.add_service({Protocol::kTcp, any_port()});
  if (kind == 1) return b.add_services(Protocol::kTcp, 1, *rc::gen::element<uint16_t>(2, 100, 65535));
  if (kind == 2) return b.add_service({Protocol::kUdp, *rc::gen::element<uint16_t>(53, 123, 161, 500, 9999)});
  if (kind == 3) return b.add_service({Protocol::kIcmpEcho, 0});
  if (kind == 4) return b.add_service({Protocol::kSctp, any_port()});
  for (const uint16_t port : std::to_array<uint16_t>({53, 80, 123})) b.add_service({Protocol::kUdp, port});
  b.add_service({Protocol::kTcp, 80});
  b.add_pair({IpAddress::v4(0x0c000001), {Protocol::kTcp, 81}});
  b.add_pair({IpAddress::v6(kNet6 + (u128{1} << 90)), {Protocol::kTcp, 81}});
}

addr::TargetSet any_targets() {
  addr::TargetSetBuilder b;
  const int families = *rc::gen::inRange(1, 4);
  const uint32_t reach = *rc::gen::element(0x7f0000u, 0xff0000u);  // on one path, on both
  for (int i = *rc::gen::inRange(1, 60); (families & 1) != 0 && i > 0; --i) {
    const auto first = 0x0b000000 + *rc::gen::inRange<uint32_t>(0, reach);
    b.add_v4(first, first + *rc::gen::inRange<uint32_t>(0, 300));
  }
  for (int i = *rc::gen::inRange(1, 5); (families & 2) != 0 && i > 0; --i) {
    const u128 first = kNet6 + (u128{*rc::gen::arbitrary<uint32_t>()} << 60);
    b.add_v6(first, first + (u128{1} << *rc::gen::inRange(0, 70)));
  }
  add_services(b, *rc::gen::inRange(0, 6));
  return std::move(std::move(b).build({.include_reserved = true})->set);
}

Plan any_plan() {
  Plan plan;
  plan.targets = any_targets();
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  plan.key = {*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>()};
  plan.shard.y = *rc::gen::inRange<uint64_t>(1, 4);
  plan.shard.x = *rc::gen::inRange<uint64_t>(1, plan.shard.y + 1);
  const auto first = static_cast<uint16_t>(*rc::gen::inRange(0, 60000));
  plan.source_ports = {first, static_cast<uint16_t>(first + *rc::gen::element(0, 1, 15, 1023, 5535))};
  if (*rc::gen::arbitrary<bool>()) plan.source_ports = SourcePorts::of({{53, 53}, {100, 163}, {first, first}});
  if (*rc::gen::arbitrary<bool>()) {
    addr::RangeList<uint32_t> own4;
    own4.add(0xc0000210, 0xc000021f), own4.add(0xc0000281, 0xc0000281);
    addr::RangeList<u128> own6;
    own6.add(kNet6, kNet6 | ~uint64_t{0});
    plan.egress.sources_v4 = Sources(own4), plan.egress.sources_v6 = Sources(own6);
  }
  if (*rc::gen::arbitrary<bool>()) plan.further_adapters.emplace_back();
  return plan;
}

Egress egress_of(const Plan& plan) {
  const std::vector<host::Vantage> vantages(1 + plan.further_adapters.size(), two_routers());
  Egress e = std::move(*Egress::make(plan, vantages));
  for (Path& p : e.paths()) p.next_hop = {{2, 0, 0, 0, 1, static_cast<uint8_t>(p.number)}};
  return e;
}

struct Rig {
  explicit Rig(const Plan& plan, size_t slots)
      : pair(pktio::make_port_pair({.capacity = slots, .clock = nullptr})),
        ports{pair.first.get()},
        state(plan, egress_of(plan), ports),
        burst(ports),
        maker(state, burst) {}

  // Sends all that is in the burst, however often the port is full, and gives all that has come out so far.
  const std::vector<Frame>& drain() {
    for (bool done = false; !done;) {
      done = burst.flush();
      for (auto some = pair.second->receive(64); !some.empty(); some = pair.second->receive(64)) {
        for (const auto& f : some) frames.emplace_back(f.bytes.begin(), f.bytes.end());
      }
    }
    return frames;
  }

  std::pair<std::unique_ptr<pktio::PairPort>, std::unique_ptr<pktio::PairPort>> pair;
  std::array<pktio::Port*, 1> ports;
  LaneState state;
  FrameBurst burst;
  ProbeMaker maker;
  std::vector<Frame> frames;
};

Frame expected_frame(const LaneState& state, const addr::Target& target, uint32_t pass) {
  const Origin origin = state.egress.origin(target);
  const Path& path = *origin.path;
  const wire::Cookie cookie = cookie_of(state.plan.key, origin.source, target);
  const SourcePorts& ours = state.plan.source_ports;
  const wire::Template probe = technique(target.service.protocol)
                                   .probe(ProbeSet::link_shape(path), {origin.source, state.plan.shape.ttl},
                                          state.plan.shape, target.service.port);
  Frame frame(probe.length());
  probe.stamp(frame.data(), {.destination = target.address,
                             .destination_mac = *path.next_hop,
                             .source_port = source_port_of(cookie, ours, pass % ours.size()),
                             .destination_port = target.service.port,
                             .token = cookie.token,
                             .ip_id = ip_id_of(cookie)});
  return frame;
}

RC_GTEST_PROP(ProbeMaker, MakesTheFramesOfSingleCalls, ()) {
  const Plan plan = any_plan();
  Rig rig(plan, *rc::gen::element<size_t>(4, 32, 1024));
  const auto pass = *rc::gen::inRange<uint32_t>(0, 3);
  rig.state.pass = pass;
  rig.state.skips_answered = pass != 0;
  rig.maker.begin_pass(pass);

  const u128 size = plan.shard.size(rig.state.order.size());
  RC_PRE(size > 0);
  const auto count = static_cast<size_t>(std::min<u128>(size, *rc::gen::inRange<size_t>(1, ProbeMaker::kBurst + 1)));
  const u128 first = (size - count) * *rc::gen::inRange<uint64_t>(0, 4) / 3;
  std::vector<u128> positions;
  for (size_t i = 0; i < count; ++i) positions.push_back(first + i);
  const bool by_list = *rc::gen::arbitrary<bool>();
  if (by_list) std::reverse(positions.begin(), positions.end());

  std::vector<Frame> expected;
  for (const u128 p : positions) {
    const u128 index = rig.state.order.at(plan.shard.index(p));
    const bool answered = *rc::gen::inRange(0, 4) == 0;
    if (answered) rig.state.answered.insert(index);
    if (pass == 0 || !answered) expected.push_back(expected_frame(rig.state, plan.targets.pick(index), pass));
  }
  const auto made = by_list ? rig.maker.make(positions, 1) : rig.maker.make(first, count, 1);
  RC_ASSERT(made.positions == count);
  RC_ASSERT(made.probes == expected.size());
  RC_ASSERT(rig.drain() == expected);
  const auto& counters = rig.state.counters.scan;
  RC_ASSERT(counters[pass == 0 ? Count::kProbes : Count::kRetries] == expected.size());
  RC_ASSERT(counters[pass == 0 ? Count::kRetries : Count::kProbes] == 0u);
  RC_ASSERT(counters[Count::kSkippedAnswered] == count - expected.size());
}

RC_GTEST_PROP(IdentityColumns, AreTheNumbersOneByOne, ()) {
  const auto first = *rc::gen::inRange(0, 65536);
  const SourcePorts ports{static_cast<uint16_t>(first), static_cast<uint16_t>(*rc::gen::inRange(first, 65536))};
  const auto pass_offset = *rc::gen::inRange<uint32_t>(0, ports.size());
  const auto count = *rc::gen::inRange<size_t>(0, base::kColumnSize + 1);
  base::Column hash{}, service{};
  for (size_t i = 0; i < count; ++i) {
    hash[i] = *rc::gen::arbitrary<uint64_t>() & *rc::gen::element(~uint64_t{0}, ~uint64_t{0} >> 16, uint64_t{0});
    service[i] = *rc::gen::inRange<uint64_t>(0, 1 << 24);
  }
  for (const auto lanes : {base::LaneCount::kOne, base::LaneCount::kFour, base::LaneCount::kEight}) {
    if (!base::is_supported(lanes)) continue;
    base::Column p{}, token{}, id{};
    identity_columns({hash, service}, ports, pass_offset, count, {p, token, id}, lanes);
    for (size_t i = 0; i < count; ++i) {
      const wire::Cookie cookie = wire::Cookie::from_hash(hash[i]);
      RC_ASSERT((p[i] >> 16) == source_port_of(cookie, ports, pass_offset));
      RC_ASSERT((p[i] & 0xffff) == service[i] >> 8);
      RC_ASSERT(token[i] == cookie.token);
      RC_ASSERT(id[i] == ip_id_of(cookie));
    }
  }
}

}  // namespace
}  // namespace portolan::scan::probe_maker_test
