// SPDX-License-Identifier: Apache-2.0
#include "scan/receiver.h"

#include <algorithm>
#include <thread>

#include "scan/duties.h"
#include "scan/probe_identity.h"
#include "wire/ndp.h"

namespace portolan::scan {
namespace {

using addr::Protocol;
using Transport = wire::FrameView::Transport;

Count counter_of(result::State s) {
  switch (s) {
    case result::State::kOpen:
      return Count::kOpen;
    case result::State::kClosed:
      return Count::kClosed;
    case result::State::kFiltered:
      return Count::kFiltered;
    case result::State::kUp:
      return Count::kUp;
  }
  return Count::kIrrelevant;
}

// Which technique a quoted packet may have come from.
std::optional<Protocol> quoted_protocol(const wire::QuotedProbe& q) {
  switch (q.protocol()) {
    case wire::ip_protocol::kTcp:
      return Protocol::kTcp;
    case wire::ip_protocol::kUdp:
      return Protocol::kUdp;
    case wire::ip_protocol::kSctp:
      return Protocol::kSctp;
    case wire::ip_protocol::kIcmpv6:
      return Protocol::kIcmpEcho;
    case wire::ip_protocol::kIcmpv4:
      return q.icmp_type() == wire::icmpv4_type::kTimestampRequest ? Protocol::kIcmpTimestamp : Protocol::kIcmpEcho;
    default:
      return std::nullopt;
  }
}

// The errors that tell something about a probe's target; the others (redirect, packet too big ...) do not.
std::optional<QuotedError::Kind> error_kind(bool v6, uint8_t type, uint8_t code) {
  using Kind = QuotedError::Kind;
  if (v6) {
    if (type == wire::icmpv6_type::kDestinationUnreachable) return code == 4 ? Kind::kPort : Kind::kOther;
    if (type == wire::icmpv6_type::kTimeExceeded) return Kind::kOther;
    if (type == wire::icmpv6_type::kParameterProblem && code == 1) return Kind::kProtocol;
    return std::nullopt;
  }
  if (type == wire::icmpv4_type::kDestinationUnreachable) {
    return code == 3 ? Kind::kPort : code == 2 ? Kind::kProtocol : Kind::kOther;
  }
  if (type == wire::icmpv4_type::kTimeExceeded) return Kind::kOther;
  return std::nullopt;
}

}  // namespace

bool Receiver::turn(base::Nanos now, base::Nanos wall_minus_now) {
  bool any = false;
  for (size_t link = 0; link < state_.ports.size(); ++link) {
    for (size_t burst = 0; burst < kBursts; ++burst) {
      const auto frames = state_.ports[link]->receive(kBurst);
      if (frames.empty()) break;
      for (const pktio::RxFrame& raw : frames) take(raw, static_cast<uint16_t>(link), now, wall_minus_now);
      replies_.flush();
      any = true;
    }
  }
  if (state_.bulk.receiver != nullptr) {
    any |= !is_held() && take_bulk(wall_minus_now) != 0;
    if (now - bulk_looked_ >= kBulkLook) {
      bulk_looked_ = now;
      count_bulk();
    }
  }
  any |= take_handed();
  replies_.flush();
  return any;
}

bool Receiver::take_handed() {
  const size_t taken = mesh_.take(state_.share.lane, kBurst, [this](const Mesh::Handover& what) {
    if (const auto* news = std::get_if<NeighborNews>(&what)) return on_news(*news);
    Finding finding = std::get<Finding>(what);
    state_.counters.scan.add(record(finding));
  });
  return taken != 0;
}

void Receiver::take(const pktio::RxFrame& raw, uint16_t link, base::Nanos now, base::Nanos wall_minus_now) {
  state_.counters.scan.add(Count::kReceived);
  const auto frame = wire::FrameView::check(raw.bytes, state_.ports[link]->link(), raw.checksum_partial);
  if (!frame) {
    state_.counters.malformed.add(frame.error());
    state_.counters.scan.add(Count::kMalformed);
    return;
  }
  const base::Nanos wall = raw.wall != 0 ? raw.wall : now + wall_minus_now;
  state_.counters.scan.add(judge({*frame, link, wall, wall - wall_minus_now}));
}

bool Receiver::right_vlan(const Arrival& a) const {
  return !a.frame.has_ethernet() || a.frame.vlan() == state_.egress.links()[a.link].vlan;
}

Count Receiver::judge(const Arrival& a) {
  if (!right_vlan(a)) return Count::kNotOurs;
  if (a.frame.transport() == Transport::kArp) return judge_arp(a);
  if (a.frame.transport() == Transport::kIcmpv6 && a.frame.icmpv6().is_neighbor()) return judge_neighbor(a);
  if (state_.egress.path_from(a.frame.destination(), a.link) == nullptr) return Count::kNotOurs;
  switch (a.frame.transport()) {
    case Transport::kTcp:
      return judge_tcp(a);
    case Transport::kUdp:
      return judge_other(a, settle(a, kUdpProbe.answer(a.frame, proving())));
    case Transport::kSctp:
      return judge_other(a, settle(a, kSctpInit.answer(a.frame, proving())));
    case Transport::kIcmpv4:
    case Transport::kIcmpv6:
      return judge_other(a, judge_icmp(a));
    default:
      return judge_other(a, Count::kIrrelevant);
  }
}

Count Receiver::judge_tcp(const Arrival& a) {
  const Verdict verdict = kTcpSyn.answer(a.frame, proving());
  const Count count = settle(a, verdict);
  const bool ours = verdict && verdict->state == result::State::kOpen && count < Count::kNotOurs;
  if (ours && state_.plan.reset) reset(a);
  return judge_other(a, count);
}

// A packet that answers no other technique may answer an IP protocol scan.
Count Receiver::judge_other(const Arrival& a, Count otherwise) {
  // From ourselves to ourselves it is the probe, seen on the loopback interface.
  if (otherwise < Count::kNotOurs || a.frame.source() == a.frame.destination()) return otherwise;
  const Verdict verdict = kIpProtocol.answer(a.frame, proving());
  const bool asked = verdict && state_.plan.targets.contains(verdict->target);
  return asked ? settle(a, verdict) : otherwise;
}

Count Receiver::judge_arp(const Arrival& a) {
  const auto arp = a.frame.arp();
  const Path* us = state_.egress.path_from(arp.target(), a.link);
  if (us == nullptr) return Count::kNotOurs;
  if (arp.is_request()) {
    const bool ours_alone = !state_.egress.is_kernels(*us, arp.target());
    if (ours_alone && answer_arp(state_, *us, arp)) state_.counters.scan.add(Count::kDuties);
    return Count::kAsked;
  }
  return judge_link_answer(a, arp.sender(), arp.sender_mac(), kArpScan.answer(a.frame, proving()));
}

Count Receiver::judge_neighbor(const Arrival& a) {
  const auto neighbor = wire::NeighborView::check(a.frame.icmpv6().message(), a.frame.ttl());
  if (!neighbor) {
    state_.counters.malformed.add(neighbor.error());
    return Count::kMalformed;
  }
  if (neighbor->is_solicitation()) {
    const Path* us = state_.egress.path_from(neighbor->target(), a.link);
    if (us == nullptr) return Count::kNotOurs;
    const bool ours_alone = !state_.egress.is_kernels(*us, neighbor->target());
    if (ours_alone && answer_solicitation(state_, *us, a.frame, *neighbor)) state_.counters.scan.add(Count::kDuties);
    return Count::kAsked;
  }
  if (state_.egress.path_from(a.frame.destination(), a.link) == nullptr) return Count::kNotOurs;
  const auto mac = neighbor->link_address().value_or(a.frame.source_mac());
  return judge_link_answer(a, neighbor->target(), mac, kNdpScan.answer(a.frame, proving()));
}

// An answer to ARP or NDP may be of use to every lane, and it may be a result.
Count Receiver::judge_link_answer(const Arrival& a, const addr::IpAddress& who, const addr::MacAddress& mac,
                                  const Verdict& verdict) {
  NeighborNews news{who, mac, a.link, a.now, state_.share.lane, {}};
  const bool awaited = learn(news);
  const bool claims = verdict && state_.plan.targets.contains(verdict->target);
  const Count unawaited = verdict ? Count::kNotATarget : verdict.error();
  bool told = false;
  if (state_.share.lanes > 1) {
    if (!awaited && !claims) news.verdict = unawaited;
    told = hand(state_.share.next_lane(), news);
  }
  if (claims) return settle(a, verdict);
  if (awaited) return Count::kResolved;
  if (state_.share.lanes == 1) return unawaited;
  return told ? Count::kHandedOver : Count::kUnjudged;
}

// True when it answers a question of ours, if not for the first time.
bool Receiver::learn(const NeighborNews& news) {
  const auto slot = state_.neighbors.learn(news.link, news.who, news.mac, news.now);
  if (slot) sender_.on_neighbor(*slot);
  return state_.neighbors.known(news.link, news.who) != nullptr;
}

// The news goes round. The frame is counted by the first lane that waited for it, or else by the last.
void Receiver::on_news(NeighborNews news) {
  if (learn(news) && news.verdict) {
    state_.counters.scan.add(Count::kResolved);
    news.verdict.reset();
  }
  const uint32_t next = state_.share.next_lane();
  if (next == news.origin) {
    if (news.verdict) state_.counters.scan.add(*news.verdict);
  } else if (!hand(next, news) && news.verdict) {
    state_.counters.scan.add(Count::kUnjudged);
  }
}

bool Receiver::hand(uint32_t to, const Mesh::Handover& what) {
  const bool room = mesh_.hand(state_.share.lane, to, what);
  if (!room) state_.counters.scan.add(Count::kHandoverFull);
  return room;
}

Count Receiver::judge_icmp(const Arrival& a) {
  if (a.frame.transport() == Transport::kIcmpv6) {
    const auto icmp = a.frame.icmpv6();
    if (icmp.is_error()) return judge_error(a, icmp.type(), icmp.code(), icmp.payload());
    return settle(a, kIcmpEcho.answer(a.frame, proving()));
  }
  const auto icmp = a.frame.icmpv4();
  if (icmp.is_error()) return judge_error(a, icmp.type(), icmp.code(), icmp.payload());
  const Technique& t = icmp.type() == wire::icmpv4_type::kTimestampReply ? kIcmpTimestamp : kIcmpEcho;
  return settle(a, t.answer(a.frame, proving()));
}

Count Receiver::judge_error(const Arrival& a, uint8_t type, uint8_t code, base::Bytes quoted) {
  const bool v6 = a.frame.network() == wire::FrameView::Network::kIpv6;
  const auto kind = error_kind(v6, type, code);
  if (!kind) return Count::kIrrelevant;
  const auto quote = wire::QuotedProbe::check(quoted, v6 ? addr::Family::kIpv6 : addr::Family::kIpv4);
  if (!quote) {
    state_.counters.malformed.add(quote.error());
    return Count::kMalformed;
  }
  // The error comes to the address that the probe left from.
  if (quote->source() != a.frame.destination()) return Count::kBadQuote;
  const QuotedError error{*quote, a.frame.source(), *kind};
  const IcmpCode icmp{type, code};
  Count count = Count::kBadQuote;
  if (const auto protocol = quoted_protocol(*quote))
    count = settle(a, technique(*protocol).quoted(error, proving()), &icmp);
  if (count < Count::kNotOurs) return count;
  const Verdict as_protocol = kIpProtocol.quoted(error, proving());
  return as_protocol && state_.plan.targets.contains(as_protocol->target) ? settle(a, as_protocol, &icmp) : count;
}

Count Receiver::settle(const Arrival& a, const Verdict& verdict, const IcmpCode* icmp) {
  if (!verdict) return verdict.error();
  const auto index = state_.plan.targets.index_of(verdict->target);
  if (!index) return Count::kNotATarget;
  const auto place = state_.share.place(state_.order.inverse(*index));
  if (!place) return Count::kNotATarget;  // another shard's
  if (!is_from_asker(a, verdict->target)) return icmp ? Count::kBadQuote : Count::kBadCookie;
  // A lane asks from its own ports alone.
  if (verdict->slice && *verdict->slice != place->lane) return icmp ? Count::kBadQuote : Count::kBadSourcePort;
  const bool ours = place->lane == state_.share.lane;
  if (ours && state_.answered.contains(*index)) return Count::kDuplicates;
  Finding finding{observe(a, *verdict, icmp), *index, place->position, verdict->pass, a.now, a.link};
  return ours ? record(finding) : hand_over(place->lane, finding);
}

// Of several sources, the one that this target was asked from must be the one that is answered. Most answers have
// proven that by their cookie; those of protocols without one have not.
bool Receiver::is_from_asker(const Arrival& a, const addr::Target& target) const {
  if (state_.egress.is_plain()) return true;
  const bool arp = a.frame.transport() == Transport::kArp;
  return (arp ? a.frame.arp().target() : a.frame.destination()) == state_.egress.origin(target).source;
}

Count Receiver::hand_over(uint32_t to, const Finding& finding) {
  return hand(to, finding) ? Count::kHandedOver : Count::kUnjudged;
}

Count Receiver::record(Finding& finding) {
  if (!state_.answered.insert(finding.index)) return Count::kDuplicates;
  if (state_.bulk.sender != nullptr && state_.plan.retries != 0) state_.bulk.sender->mark_answered(finding.index);
  finding.observation.rtt = round_trip(finding);
  emit(finding.observation);
  return counter_of(finding.observation.state);
}

// All that the frame says; its round trip is for the lane that asked to tell.
result::Observation Receiver::observe(const Arrival& a, const Claim& claim, const IcmpCode* icmp) {
  result::Observation o;
  o.wall = a.wall;
  o.target = claim.target;
  o.responder = a.frame.source();
  o.state = claim.state;
  o.reason = claim.reason;
  o.proof = claim.proof;
  o.ttl = a.frame.ttl();
  if (icmp != nullptr) {
    o.icmp_type = icmp->type;
    o.icmp_code = icmp->code;
  }
  if (claim.state == result::State::kUp && a.frame.has_ethernet()) {
    o.has_mac = true;
    o.mac = a.frame.transport() == Transport::kArp ? a.frame.arp().sender_mac() : a.frame.source_mac();
  }
  if (a.frame.transport() == Transport::kTcp && claim.target.service.protocol == Protocol::kTcp) {
    const auto tcp = a.frame.tcp();
    const auto options = tcp.options();
    o.window = tcp.window();
    if (options.mss) o.mss = *options.mss;
    if (options.window_scale) o.window_scale = *options.window_scale;
    o.tcp_options = options.kinds;
    o.tcp_option_count = options.kind_count;
  }
  return o;
}

// The inverse of the scan's order names the probe, and the log of bursts its moment.
base::Nanos Receiver::round_trip(const Finding& f) const {
  constexpr base::Nanos kUnknown = result::Observation::kUnknown;
  const bool several_probes_per_port = state_.plan.retries >= state_.share.ports.size();
  if (!f.pass || several_probes_per_port || *f.pass > state_.pass || *f.pass + 1 < state_.pass) return kUnknown;
  const auto sent = sent_at(*f.pass, f.position);
  if (!sent || *sent > f.now) return kUnknown;
  // A probe that waited for its neighbour's MAC address left later than its burst.
  const auto* neighbor = state_.neighbors.known(f.link, f.observation.target.address);
  return neighbor != nullptr && neighbor->changed >= *sent ? kUnknown : f.now - *sent;
}

// A bulk sender knows the moment itself, of the current pass; the log then says only when it was looked at.
std::optional<base::Nanos> Receiver::sent_at(uint32_t pass, base::u128 position) const {
  if (position < state_.asked_from[pass & 1]) return std::nullopt;  // by an earlier run
  if (state_.bulk.sender == nullptr) return state_.logs[pass & 1].sent_at(position);
  return pass == state_.pass ? state_.bulk.sender->sent_at(position) : std::nullopt;
}

void Receiver::emit(const result::Observation& o) {
  while (!out_.push(o)) {
    ++ring_full_waits_;
    std::this_thread::yield();
  }
}

// Frees the half-open connection at the target (RFC 9293, 3.10.7.3: a reset's sequence number is what was
// acknowledged).
void Receiver::reset(const Arrival& a) {
  if (state_.is_excluded(a.frame.source())) return;
  if (replies_.room() == 0 && !replies_.flush()) return;  // the way out is full: the target's own timer will do
  const auto tcp = a.frame.tcp();
  const Path* path = state_.egress.path_from(a.frame.destination(), a.link);
  replies_.next_source() = a.frame.destination();
  wire::Stamp& s = replies_.next();
  s.destination = a.frame.source();
  s.destination_mac = a.frame.has_ethernet() ? a.frame.source_mac() : addr::MacAddress();
  s.source_port = tcp.destination_port();
  s.destination_port = tcp.source_port();
  s.token = tcp.acknowledgment().value();
  s.ip_id = 1;
  replies_.add(state_.probes.reset(path->number), a.link);
  state_.counters.scan.add(Count::kResets);
}

}  // namespace portolan::scan
