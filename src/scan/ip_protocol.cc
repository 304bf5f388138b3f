// SPDX-License-Identifier: Apache-2.0
// IP protocol scan: which protocols a host has a handler for. A packet of the protocol from the target means open (no
// cookie fits in an unknown protocol: labelled so); protocol unreachable, proven by the identification it quotes, means
// closed; port unreachable means that the protocol is there.
#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::scan {
namespace {

using addr::Protocol;
using result::Proof, result::Reason, result::State;

wire::Template probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t port) {
  return wire::Template::ip_probe(link, ip, static_cast<uint8_t>(port));
}

Verdict answer(const wire::FrameView& frame, const Proving&) {
  return Claim{
      {frame.source(), {Protocol::kIp, frame.protocol()}}, State::kOpen, Reason::kIpResponse, Proof::kEndpoints, {}};
}

Verdict quoted(const QuotedError& e, const Proving& proving) {
  const addr::Target target{e.quote.destination(), {Protocol::kIp, e.quote.protocol()}};
  if (e.quote.ip_id() != ip_id_of(cookie_of(proving.key, e.quote.source(), target))) {
    return tl::unexpected(Count::kBadQuote);
  }
  const bool from_target = e.responder == target.address;
  const State state = !from_target                             ? State::kFiltered
                      : e.kind == QuotedError::Kind::kProtocol ? State::kClosed
                      : e.kind == QuotedError::Kind::kPort     ? State::kOpen
                                                               : State::kFiltered;
  return Claim{target, state, Reason::kIcmpUnreachable, Proof::kQuoted, {}};
}

constexpr std::string_view kFields[] = {"ttl", "proof"};

}  // namespace

const Technique kIpProtocol{Protocol::kIp, "ip-protocol", "an IP packet of the protocol: open on one in return",
                            probe,         answer,        quoted,
                            kFields};

}  // namespace portolan::scan
