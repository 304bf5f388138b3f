// SPDX-License-Identifier: Apache-2.0
// ProbeSet: the prebuilt probe for every (path, kind of question) that a plan can need.
//
// Built before the first frame, constant afterwards. Where a path has several sources, its templates have none
// (wire::Template::needs_source()), but for those that ask ARP and NDP. TCP, SCTP, ICMP, ARP and NDP have one template
// a path; UDP has one per payload (built in, or the user's), IP protocol scans one per protocol. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "addr/target.h"
#include "scan/egress.h"
#include "scan/plan.h"
#include "scan/udp_payloads.h"
#include "wire/template.h"

namespace portolan::scan {

class ProbeSet {
 public:
  ProbeSet(const Plan& plan, const Egress& egress);

  // REQUIRES: the service is one of the plan's, for the path's family.
  const wire::Template& probe(size_t path, const addr::ProtoPort& service) const {
    return *probes_[path * kinds_ + kind_of(service)];
  }
  // Whether any question is ARP or NDP, which not every path can carry.
  bool asks_links() const { return asks_links_; }
  // The probe of every service of the family's product, when they share one; else nullptr.
  const wire::Template* only_probe(size_t path) const { return only_[path]; }
  // ARP request or neighbor solicitation, whichever the path's family uses. REQUIRES: an Ethernet path.
  const wire::Template& resolution(size_t path) const { return *resolution_[path]; }
  const wire::Template& reset(size_t path) const { return *reset_[path]; }

  // The link part of a path's frames.
  static wire::LinkShape link_shape(const Path& path);

 private:
  static constexpr size_t kUdpFirst = addr::kProtocolCount;
  static constexpr size_t kMaxUdpPayloads = 32;
  static constexpr size_t kIpFirst = kUdpFirst + kMaxUdpPayloads;
  static constexpr size_t kOwnFirst = kIpFirst + 256;

  size_t kind_of(const addr::ProtoPort& s) const {
    if (s.protocol == addr::Protocol::kUdp) return udp_kind_of(s.port);
    if (s.protocol == addr::Protocol::kIp) return kIpFirst + (s.port & 0xff);
    return static_cast<size_t>(s.protocol);
  }
  size_t udp_kind_of(uint16_t port) const {
    const uint16_t own = own_ == nullptr ? uint16_t{0} : own_->number(port);
    return own != 0 ? kOwnFirst + own - 1 : kUdpFirst + udp_payload_for(port);
  }
  void prepare(const Plan& plan, const Egress& egress, bool v4, const addr::ProtoPort& service);

  const wire::Template* shared_by(size_t path, std::span<const addr::ProtoPort> services) const;

  std::shared_ptr<const OwnPayloads> own_;
  size_t kinds_;  // a path
  std::vector<std::optional<wire::Template>> probes_;
  bool asks_links_ = false;
  std::vector<const wire::Template*> only_;
  std::vector<std::optional<wire::Template>> resolution_;
  std::vector<std::optional<wire::Template>> reset_;
};

}  // namespace portolan::scan
