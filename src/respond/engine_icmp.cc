// SPDX-License-Identifier: Apache-2.0
// The part of Engine that answers ICMP and ICMPv6.
#include "respond/engine.h"
#include "wire/reply.h"

namespace portolan::respond {
namespace {

constexpr base::Nanos kDay = 86'400 * base::kSecond;

}  // namespace

Count Engine::on_icmpv4(Visit& v) {
  const wire::Icmpv4View icmp = v.view.icmpv4();
  if (icmp.type() == wire::icmpv4_type::kEchoRequest) return on_echo(v);
  if (icmp.type() != wire::icmpv4_type::kTimestampRequest || cast_.is_masscanned()) return Count::kUnsupported;
  v.contact.ask = result::Ask::kTimestamp;
  if (!v.role.host.alive()) return Count::kNobody;
  if (!v.role.host.echo || icmp.payload().size() < 12 || is_multicast(v.view.destination())) {
    return Count::kUnsupported;
  }
  if (limited(v)) return Count::kRateLimited;
  const auto ms = static_cast<uint32_t>(v.wall % kDay / base::kMillisecond);
  const base::MutableBytes room = exit_.begin();
  const size_t n = timestamp_reply(v.path, cast_.icmp_look(v.role, v.view, icmp.rest(), v.now), v.view, ms, room);
  exit_.send(Count::kOutIcmp, n, v.now, v.wall);
  v.contact.deed = result::Deed::kReply;
  return Count::kTimestamp;
}

Count Engine::on_icmpv6(Visit& v) {
  const wire::Icmpv6View icmp = v.view.icmpv6();
  if (icmp.type() == wire::icmpv6_type::kEchoRequest) return on_echo(v);
  return Count::kUnsupported;
}

Count Engine::on_echo(Visit& v) {
  v.contact.ask = result::Ask::kEcho;
  const bool v4 = v.view.network() == wire::FrameView::Network::kIpv4;
  const uint8_t code = v4 ? v.view.icmpv4().code() : v.view.icmpv6().code();
  if (code != 0) return Count::kUnsupported;
  if (!v.role.host.alive()) return Count::kNobody;
  // Linux answers a ping to a multicast group over IPv6 only; masscanned over both.
  const bool to_many = is_multicast(v.view.destination());
  if (!v.role.host.echo || (to_many && v4 && !cast_.is_masscanned())) return Count::kUnsupported;
  const base::Bytes data = v4 ? v.view.icmpv4().payload() : v.view.icmpv6().payload();
  v.payload = data;
  v.contact.payload_size = static_cast<uint32_t>(data.size());
  if (limited(v)) return Count::kRateLimited;
  const base::MutableBytes room = exit_.begin();
  if (v.view.packet().size() + wire::size_of(v.path.link) > room.size()) return Count::kNoRoom;
  const uint32_t ask = v4 ? v.view.icmpv4().rest() : v.view.icmpv6().rest();
  const size_t n = echo_reply(v.path, cast_.icmp_look(v.role, v.view, ask, v.now), v.view, room);
  exit_.send(Count::kOutIcmp, n, v.now, v.wall);
  v.contact.deed = result::Deed::kReply;
  v.contact.answer_size = v.contact.payload_size;
  return Count::kEcho;
}

Count Engine::on_solicitation(Visit& v) {
  if (v.view.network() != wire::FrameView::Network::kIpv6) return Count::kUnsupported;
  // masscanned looks neither at the hop limit nor at the options, but nobody who is honest sends others.
  const auto asked = wire::NeighborView::check(v.view.icmpv6().message(), v.view.ttl());
  if (!asked) {
    counters_.malformed.add(asked.error());
    return Count::kMalformed;
  }
  if (!v.view.has_ethernet()) return Count::kUnsupported;
  const addr::IpAddress target = asked->target();
  if (!options_.own.contains(target) || options_.shared.contains(target)) return Count::kNotOurs;
  v.role = cast_.role(target);
  prepare_contact(v);
  v.contact.ask = result::Ask::kNeighbor;
  v.contact.server = target;
  if (!v.role.host.answers_neighbors()) {
    tell(v);
    return Count::kNobody;
  }
  const base::MutableBytes room = exit_.begin();
  exit_.send(Count::kOutLink, wire::neighbor_advertisement(v.path.link, v.view, *asked, room), v.now, v.wall);
  v.contact.deed = result::Deed::kReply;
  tell(v);
  return Count::kNeighbor;
}

}  // namespace portolan::respond
