// SPDX-License-Identifier: Apache-2.0
// SCTP INIT: open on INIT ACK, closed on ABORT. Both carry our initiate tag, the token, as their verification tag
// (RFC 9260, 8.5.1); an ICMP error quotes it only when the quotation reaches that far, else the IP identification.
#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::scan {
namespace {

using result::Proof, result::Reason, result::State;

wire::Template probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t) {
  return wire::Template::sctp_init(link, ip);
}

Verdict answer(const wire::FrameView& frame, const Proving& proving) {
  const wire::SctpView sctp = frame.sctp();
  const auto claim = port_claim(addr::Protocol::kSctp, frame.destination(), sctp.destination_port(), frame.source(),
                                sctp.source_port(), proving);
  if (!claim) return tl::unexpected(claim.error());
  const auto chunk = sctp.first_chunk();
  const bool open = chunk && chunk->type == wire::sctp_chunk::kInitAck;
  if (!open && !(chunk && chunk->type == wire::sctp_chunk::kAbort)) return tl::unexpected(Count::kIrrelevant);
  if (sctp.verification_tag() != wire::sctp_tag(claim->cookie.token)) return tl::unexpected(Count::kBadCookie);
  return Claim{claim->target,
               open ? State::kOpen : State::kClosed,
               open ? Reason::kSctpInitAck : Reason::kSctpAbort,
               Proof::kCookie,
               claim->pass,
               claim->slice};
}

Verdict quoted(const QuotedError& e, const Proving& proving) {
  const auto& q = e.quote;
  const auto claim =
      port_claim(addr::Protocol::kSctp, q.source(), q.source_port(), q.destination(), q.destination_port(), proving);
  if (!claim || q.ip_id() != ip_id_of(claim->cookie)) return tl::unexpected(Count::kBadQuote);
  const auto tag = q.sctp_initiate_tag();
  if (tag && *tag != wire::sctp_tag(claim->cookie.token)) return tl::unexpected(Count::kBadQuote);
  return Claim{claim->target, State::kFiltered, Reason::kIcmpUnreachable, Proof::kQuoted, claim->pass, claim->slice};
}

constexpr std::string_view kFields[] = {"ttl", "rtt"};

}  // namespace

const Technique kSctpInit{
    addr::Protocol::kSctp, "sctp-init", "SCTP INIT: open on INIT ACK, closed on ABORT", probe, answer, quoted, kFields};

}  // namespace portolan::scan
