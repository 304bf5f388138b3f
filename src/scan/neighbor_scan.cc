// SPDX-License-Identifier: Apache-2.0
// ARP (RFC 826) and neighbor discovery (RFC 4861) as scans of the local link. Neither protocol has room for a cookie:
// an answer is believed when it is addressed to us and names a target, and it is labelled so. An advertisement must
// also have come with hop limit 255, which no router lets through.
#include "scan/technique.h"
#include "wire/ndp.h"

namespace portolan::scan {
namespace {

using addr::Protocol;
using result::Proof, result::Reason, result::State;

wire::Template arp_probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t) {
  return wire::Template::arp_request(link, ip);
}

wire::Template ndp_probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t) {
  return wire::Template::neighbor_solicitation(link, ip);
}

Verdict arp_answer(const wire::FrameView& frame, const Proving&) {
  if (!frame.arp().is_reply()) return tl::unexpected(Count::kIrrelevant);
  return Claim{{frame.arp().sender(), {Protocol::kArp, 0}}, State::kUp, Reason::kArpReply, Proof::kEndpoints, {}};
}

Verdict ndp_answer(const wire::FrameView& frame, const Proving&) {
  const auto neighbor = wire::NeighborView::check(frame.icmpv6().message(), frame.ttl());
  if (!neighbor || !neighbor->is_advertisement()) return tl::unexpected(Count::kIrrelevant);
  return Claim{
      {neighbor->target(), {Protocol::kNdp, 0}}, State::kUp, Reason::kNeighborAdvertisement, Proof::kEndpoints, {}};
}

// Nobody sends ICMP errors about either.
Verdict quoted(const QuotedError&, const Proving&) { return tl::unexpected(Count::kBadQuote); }

constexpr std::string_view kFields[] = {"mac"};

}  // namespace

const Technique kArpScan{Protocol::kArp, "arp", "ARP request: up on a reply", arp_probe, arp_answer, quoted, kFields};
const Technique kNdpScan{Protocol::kNdp, "ndp",  "neighbor solicitation: up on an advertisement", ndp_probe, ndp_answer,
                         quoted,         kFields};

}  // namespace portolan::scan
