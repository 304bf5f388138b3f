// SPDX-License-Identifier: Apache-2.0
// UDP: a datagram with a question of the port's protocol (udp_payloads.h). An answer proves itself by the token that
// its protocol makes it send back; where there is no room for one, only by its addresses and ports, of which ours was
// drawn from the cookie, and it is labelled so. What the user gave for a port (own_payloads.h) goes before, and has no
// token. Port unreachable from the target itself means closed (RFC 1122, 4.1.3.1).
#include "scan/probe_identity.h"
#include "scan/technique.h"
#include "scan/udp_payloads.h"

namespace portolan::scan {
namespace {

using result::Proof, result::Reason, result::State;

uint16_t own_number(const OwnPayloads* own, uint16_t port) { return own == nullptr ? uint16_t{0} : own->number(port); }

wire::Template probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape& shape, uint16_t port) {
  if (const uint16_t own = own_number(shape.own_payloads.get(), port); own != 0) {
    return wire::Template::udp(link, ip, shape.own_payloads->payload(own), {});
  }
  const UdpPayload& p = udp_payloads()[udp_payload_for(port)];
  return wire::Template::udp(link, ip, p.bytes, p.in_probe);
}

Verdict answer(const wire::FrameView& frame, const Proving& proving) {
  const wire::UdpView udp = frame.udp();
  const auto claim = port_claim(addr::Protocol::kUdp, frame.destination(), udp.destination_port(), frame.source(),
                                udp.source_port(), proving);
  if (!claim) return tl::unexpected(claim.error());
  const UdpPayload& p = udp_payloads()[udp_payload_for(udp.source_port())];
  const bool has_token = p.in_probe && own_number(proving.own_payloads, udp.source_port()) == 0;
  if (has_token && !token_fits(p, udp.payload(), claim->cookie.token)) return tl::unexpected(Count::kBadCookie);
  return Claim{claim->target, State::kOpen, Reason::kUdpResponse, has_token ? Proof::kCookie : Proof::kEndpoints,
               claim->pass,   claim->slice};
}

Verdict quoted(const QuotedError& e, const Proving& proving) {
  const auto& q = e.quote;
  const auto claim =
      port_claim(addr::Protocol::kUdp, q.source(), q.source_port(), q.destination(), q.destination_port(), proving);
  if (!claim || q.ip_id() != ip_id_of(claim->cookie)) return tl::unexpected(Count::kBadQuote);
  const bool closed = e.kind == QuotedError::Kind::kPort && e.responder == claim->target.address;
  return Claim{
      claim->target, closed ? State::kClosed : State::kFiltered, Reason::kIcmpUnreachable, Proof::kQuoted, claim->pass,
      claim->slice};
}

constexpr std::string_view kFields[] = {"ttl", "rtt", "proof"};

}  // namespace

const Technique kUdpProbe{
    addr::Protocol::kUdp, "udp", "UDP: open on an answer, closed on port unreachable", probe, answer, quoted, kFields};

}  // namespace portolan::scan
