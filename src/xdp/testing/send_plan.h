// SPDX-License-Identifier: Apache-2.0
// TestPlan: a slice of a scan as SendOptions wants it, and what the C++ side would send for a position. For tests only.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "addr/target_set.h"
#include "permute/permutation.h"
#include "wire/cookie.h"
#include "wire/template.h"
#include "xdp/send.h"

namespace portolan::xdp::testing {

struct TestPlan {
  std::vector<std::pair<uint32_t, uint32_t>> v4;  // first, last
  std::vector<std::pair<base::u128, base::u128>> v6;
  std::vector<addr::ProtoPort> services_v4, services_v6;
  std::vector<addr::Target> pairs;  // ascending, none in the products
  std::optional<uint16_t> vlan;
  uint64_t seed = 7;
  SendOptions options;                                     // targets, order and services are set by build()
  std::vector<std::unique_ptr<wire::Template>> templates;  // that the stretches point to

  addr::TargetSet targets;
  std::optional<permute::Permutation> order;

  static constexpr addr::MacAddress kOurMac{{2, 0, 0, 0, 0, 1}};
  static constexpr addr::MacAddress kRouterMac{{2, 0, 0, 0, 0, 2}};

  // After the lists are filled: numbers the targets.
  void number() {
    targets = addr::TargetSet(block<uint32_t>(v4, services_v4), block<base::u128>(v6, services_v6), pairs);
    order.emplace(targets.size(), seed);
    options.targets = &targets;
    options.order = &*order;
    for (const auto& s : services_v4) add_service(s);
    for (const auto& s : services_v6) add_service(s);
    for (const auto& t : pairs) add_service(t.service);
  }
  // Destinations [first, last] get `probe_of(service)` each.
  template <class ProbeOf>
  void add_stretch(const addr::IpAddress& first, const addr::IpAddress& last, const addr::IpAddress& source,
                   ProbeOf&& probe_of) {
    SendStretch s{first, last, source, kRouterMac, {}};
    for (const auto& service : options.services) s.probes.push_back(probe_of(service));
    options.stretches.push_back(std::move(s));
  }
  const wire::Template* keep(wire::Template t) {
    templates.push_back(std::make_unique<wire::Template>(std::move(t)));
    return templates.back().get();
  }
  wire::LinkShape link() const { return {.type = wire::LinkType::kEthernet, .source = kOurMac, .vlan = vlan}; }

  addr::Target target(uint64_t position) const { return targets.pick(order->at(options.slice.index(position))); }
  // The frame for a position; empty: it is left to the caller.
  std::vector<uint8_t> frame(uint64_t position, uint32_t port_offset = 0) const {
    const addr::Target t = target(position);
    const auto place = std::find(options.services.begin(), options.services.end(), t.service);
    const auto service = static_cast<size_t>(place - options.services.begin());
    for (const SendStretch& s : options.stretches) {
      if (t.address < s.first || t.address > s.last || s.probes[service] == nullptr) continue;
      const wire::Cookie c = wire::cookie(options.key, s.source, t.address, t.service.port, options.tags[service]);
      const uint64_t offset = ((uint64_t{c.port_bits} * options.port_count >> 16) + port_offset) % options.port_count;
      std::vector<uint8_t> frame(s.probes[service]->length());
      s.probes[service]->stamp(frame.data(), {.destination = t.address,
                                              .destination_mac = s.next_hop,
                                              .source_port = static_cast<uint16_t>(options.first_port + offset),
                                              .destination_port = t.service.port,
                                              .token = c.token,
                                              .ip_id = c.id_bits == 0 ? uint16_t{1} : c.id_bits});
      return frame;
    }
    return {};
  }

 private:
  template <class Word>
  static addr::ProductBlock<Word> block(const std::vector<std::pair<Word, Word>>& ranges,
                                        const std::vector<addr::ProtoPort>& services) {
    addr::RangeList<Word> list;
    addr::RangeList<uint32_t> keys;
    for (const auto& [first, last] : ranges) list.add(first, last);
    for (const auto& s : services) keys.add(addr::service_key(s), addr::service_key(s));
    list.normalize(), keys.normalize();
    return {addr::RangeSet<Word>(std::move(list)), keys};
  }
  void add_service(const addr::ProtoPort& s) {
    auto& all = options.services;
    if (std::find(all.begin(), all.end(), s) != all.end()) return;
    all.push_back(s);
    options.tags.push_back(static_cast<uint8_t>(s.protocol));
  }
};

}  // namespace portolan::xdp::testing
