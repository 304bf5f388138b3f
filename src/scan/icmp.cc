// SPDX-License-Identifier: Apache-2.0
// ICMP echo (RFC 792, RFC 4443) and ICMP timestamp: identifier and sequence number together are the token, and come
// back in the reply. The token does not depend on the pass, so with retries the round trip cannot be told.
#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::scan {
namespace {

using addr::Protocol;
using result::Proof, result::Reason, result::State;

wire::Template echo_probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t) {
  return wire::Template::icmp_echo(link, ip);
}

wire::Template timestamp_probe(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape&, uint16_t) {
  return wire::Template::icmp_timestamp(link, ip);
}

std::optional<uint32_t> only_pass(const Proving& proving) {
  return proving.retries == 0 ? std::optional<uint32_t>(0) : std::nullopt;
}

Verdict prove(Protocol protocol, const wire::FrameView& frame, uint32_t carried, Reason reason,
              const Proving& proving) {
  const addr::Target target{frame.source(), {protocol, 0}};
  if (carried != cookie_of(proving.key, frame.destination(), target).token) return tl::unexpected(Count::kBadCookie);
  return Claim{target, State::kOpen, reason, Proof::kCookie, only_pass(proving)};
}

Verdict echo_answer(const wire::FrameView& frame, const Proving& proving) {
  if (frame.transport() == wire::FrameView::Transport::kIcmpv6) {
    const auto icmp = frame.icmpv6();
    if (!icmp.is_echo_reply()) return tl::unexpected(Count::kIrrelevant);
    return prove(Protocol::kIcmpEcho, frame, icmp.rest(), Reason::kEchoReply, proving);
  }
  const auto icmp = frame.icmpv4();
  if (!icmp.is_echo_reply()) return tl::unexpected(Count::kIrrelevant);
  return prove(Protocol::kIcmpEcho, frame, icmp.rest(), Reason::kEchoReply, proving);
}

Verdict timestamp_answer(const wire::FrameView& frame, const Proving& proving) {
  const auto icmp = frame.icmpv4();
  if (!icmp.is_timestamp_reply()) return tl::unexpected(Count::kIrrelevant);
  return prove(Protocol::kIcmpTimestamp, frame, icmp.rest(), Reason::kTimestampReply, proving);
}

Verdict quoted(Protocol protocol, const QuotedError& e, const Proving& proving) {
  const addr::Target target{e.quote.destination(), {protocol, 0}};
  const wire::Cookie cookie = cookie_of(proving.key, e.quote.source(), target);
  if (e.quote.icmp_rest() != cookie.token) return tl::unexpected(Count::kBadQuote);
  return Claim{target, State::kFiltered, Reason::kIcmpUnreachable, Proof::kQuoted, only_pass(proving)};
}

Verdict echo_quoted(const QuotedError& e, const Proving& p) { return quoted(Protocol::kIcmpEcho, e, p); }
Verdict timestamp_quoted(const QuotedError& e, const Proving& p) { return quoted(Protocol::kIcmpTimestamp, e, p); }

constexpr std::string_view kFields[] = {"ttl", "rtt"};

}  // namespace

const Technique kIcmpEcho{
    Protocol::kIcmpEcho, "icmp-echo", "ICMP echo request: open on an echo reply", echo_probe, echo_answer,
    echo_quoted,         kFields};
const Technique kIcmpTimestamp{Protocol::kIcmpTimestamp,
                               "icmp-timestamp",
                               "ICMP timestamp request: open on a timestamp reply",
                               timestamp_probe,
                               timestamp_answer,
                               timestamp_quoted,
                               kFields};

}  // namespace portolan::scan
