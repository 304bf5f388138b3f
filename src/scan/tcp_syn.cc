// SPDX-License-Identifier: Apache-2.0
// TCP SYN: half-open scanning. A SYN-ACK or RST proves itself by acknowledging our sequence number plus one, which is
// the cookie's token (RFC 9293, 3.10.7.3); an ICMP error by the sequence number it quotes.
#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::scan {
namespace {

using result::Proof, result::Reason, result::State;

wire::Template probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape& shape, uint16_t) {
  return wire::Template::tcp_syn(link, ip, shape.syn);
}

Verdict answer(const wire::FrameView& frame, const Proving& proving) {
  const wire::TcpView tcp = frame.tcp();
  const auto claim = port_claim(addr::Protocol::kTcp, frame.destination(), tcp.destination_port(), frame.source(),
                                tcp.source_port(), proving);
  if (!claim) return tl::unexpected(claim.error());
  const bool open = tcp.is_syn_ack();
  if (!open && !tcp.is_rst()) return tl::unexpected(Count::kIrrelevant);
  // A reset that acknowledges nothing answers something we never send: a segment without SYN.
  const bool proven = tcp.has(wire::tcp_flag::kAck) && tcp.acknowledgment().value() == claim->cookie.token + 1;
  if (!proven) return tl::unexpected(Count::kBadCookie);
  return Claim{claim->target,
               open ? State::kOpen : State::kClosed,
               open ? Reason::kSynAck : Reason::kRst,
               Proof::kCookie,
               claim->pass,
               claim->slice};
}

Verdict quoted(const QuotedError& e, const Proving& proving) {
  const auto& q = e.quote;
  const auto claim =
      port_claim(addr::Protocol::kTcp, q.source(), q.source_port(), q.destination(), q.destination_port(), proving);
  if (!claim || q.tcp_sequence() != claim->cookie.token) return tl::unexpected(Count::kBadQuote);
  return Claim{claim->target, State::kFiltered, Reason::kIcmpUnreachable, Proof::kQuoted, claim->pass, claim->slice};
}

constexpr std::string_view kFields[] = {"ttl", "window", "mss", "window_scale", "tcp_options", "rtt"};

}  // namespace

const Technique kTcpSyn{
    addr::Protocol::kTcp, "tcp-syn", "TCP SYN: open on SYN-ACK, closed on RST", probe, answer, quoted, kFields};

}  // namespace portolan::scan
