// SPDX-License-Identifier: Apache-2.0
// The part of Engine that judges TCP segments: handshakes by cookie, resets, and what belongs to a connection.
#include "respond/engine.h"
#include "wire/tcp.h"

namespace portolan::respond {
namespace {

using wire::tcp_flag::kAck;
using wire::tcp_flag::kFin;
using wire::tcp_flag::kRst;
using wire::tcp_flag::kSyn;

}  // namespace

stack::TcpPeer Engine::peer_of(const Visit& v) const {
  const wire::TcpView segment = v.view.tcp();
  return {.client = v.path.theirs,
          .server = v.path.ours,
          .client_port = segment.source_port(),
          .server_port = segment.destination_port(),
          .mac = v.path.mac,
          .vlan = v.path.link.vlan.value_or(0),
          .has_mac = v.view.has_ethernet(),
          .window_scale = cast_.window_scale(v.role),
          .clock_offset = Cast::tcp_clock(v.role, 0)};
}

Count Engine::on_tcp(Visit& v) {
  const wire::TcpView segment = v.view.tcp();
  v.payload = segment.payload();
  v.contact.payload_size = static_cast<uint32_t>(v.payload.size());
  v.contact.ask = segment.has(kSyn) && !segment.has(kAck) ? result::Ask::kSyn : result::Ask::kStray;
  if (is_multicast(v.view.destination())) return Count::kNotOurs;
  if (is_kept(v, segment.destination_port())) return Count::kNotOurs;
  if (masscanned_) return on_masscanned_tcp(v);
  if (const auto id = tcp_->find(peer_of(v))) {
    const bool fresh_syn = segment.has(kSyn) && !segment.has(kAck) && !segment.has(kRst);
    if (!fresh_syn || !tcp_->takes_new_syn(*id)) return on_connection(v, *id);
    tcp_->make_way(*id, v.now, v.wall);
  }
  if (segment.has(kRst)) return Count::kStrays;
  if (segment.has(kSyn) && !segment.has(kAck)) return segment.has(kFin) ? Count::kStrays : on_syn(v);
  return on_stray(v);
}

Count Engine::on_masscanned_tcp(Visit& v) {
  if (v.contact.ask == result::Ask::kSyn && limited(v)) return Count::kRateLimited;
  const Count end = masscanned_->on_segment(v.path, v.view, keys_.keys(), v.now, v.wall);
  if (end == Count::kSyn) v.contact.deed = result::Deed::kSynAck;
  if (end == Count::kAccepted) credit_.proven(v.view.source(), v.now);
  v.silent_in_log = end == Count::kSegments || end == Count::kAccepted;
  return end;
}

Count Engine::on_connection(Visit& v, stack::TcpId id) {
  v.silent_in_log = true;  // the conversation will be told
  tcp_->on_segment(id, v.view.tcp(), v.now, v.wall);
  return Count::kSegments;
}

Count Engine::on_syn(Visit& v) {
  const wire::TcpView syn = v.view.tcp();
  switch (cast_.meeting(v.role, v.path.ours, addr::Protocol::kTcp, syn.destination_port())) {
    case population::kMeetsOpen:
      break;
    case population::kMeetsClosed:
      return send_reset(v);
    case population::kMeetsRejection:
      return send_unreachable(v, Unreachable::kProhibited);
    case population::kMeetsNoHost:
      return send_unreachable(v, Unreachable::kHost);
    case population::kMeetsAckOnly:
      return send_bare_ack(v);
    default:
      return silence_of(v);
  }
  if (limited(v)) return Count::kRateLimited;
  const wire::TcpOptions offered = syn.options();
  const wire::SynOffer offer{
      wire::syn_mss_index(offered.mss.value_or(536)),
      offered.window_scale ? std::min<uint64_t>(*offered.window_scale, 14) : uint64_t{wire::kNoWindowScale}};
  const wire::SynTuple tuple =
      syn_tuple(v.path.theirs, v.path.ours, syn.source_port(), syn.destination_port(), syn.sequence().value());
  const auto cookie = static_cast<uint32_t>(wire::syn_cookie(&keys_.keys(), &tuple, &offer));
  const base::MutableBytes room = exit_.begin();
  const size_t n = syn_ack(v.path, cast_.tcp_look(v.role, syn.sequence().value(), v.now), *v.role.who, syn, cookie,
                           Cast::tcp_clock(v.role, v.now), room);
  exit_.send_syn_ack(n, v.now, v.wall);
  v.contact.deed = result::Deed::kSynAck;
  return Count::kSyn;
}

Count Engine::on_stray(Visit& v) {
  const wire::TcpView segment = v.view.tcp();
  const uint64_t meets = cast_.meeting(v.role, v.path.ours, addr::Protocol::kTcp, segment.destination_port());
  if (meets == population::kMeetsRejection) return send_unreachable(v, Unreachable::kProhibited);
  if (meets == population::kMeetsNoHost) return send_unreachable(v, Unreachable::kHost);
  if (meets == population::kMeetsSilence || meets == population::kMeetsAckOnly) return silence_of(v);
  if (meets == population::kMeetsOpen && segment.has(kAck) && !segment.has(kSyn)) return on_acknowledgment(v);
  // A listener ignores what has no ACK (RFC 9293 3.10.7.2); a closed port resets it.
  if (meets == population::kMeetsOpen && !segment.has(kAck)) return Count::kStrays;
  return refuse_stray(v);
}

Count Engine::on_acknowledgment(Visit& v) {
  const wire::TcpView ack = v.view.tcp();
  const wire::SynTuple tuple =
      syn_tuple(v.path.theirs, v.path.ours, ack.source_port(), ack.destination_port(), ack.sequence().value() - 1);
  wire::SynOffer offer{};
  if (wire::syn_cookie_ok(&keys_.keys(), &tuple, ack.acknowledgment().value() - 1, &offer) == 0) {
    counters_.respond.add(Count::kBadCookies);
    // With bytes it may be a later segment whose first one was lost: the client will say it again.
    return ack.payload().empty() ? refuse_stray(v) : Count::kStrays;
  }
  if (limited(v)) return Count::kRateLimited;
  // A SYN proxy completes every handshake, and only then finds that nobody is there.
  if (!cast_.goes_on(v.role, v.path.ours, ack.destination_port())) return send_reset(v);
  credit_.proven(v.view.source(), v.now);
  v.silent_in_log = true;
  tcp_->accept(peer_of(v), v.role, v.view, offer, v.now, v.wall);
  return Count::kAccepted;
}

Count Engine::refuse_stray(Visit& v) {
  // It may belong to a connection of the machine's own.
  return options_.shared.contains(v.path.ours) ? Count::kStrays : send_reset(v);
}

Count Engine::send_reset(Visit& v) {
  if (cast_.is_masscanned()) return Count::kStrays;
  if (limited(v)) return Count::kRateLimited;
  const wire::TcpView segment = v.view.tcp();
  const base::MutableBytes room = exit_.begin();
  const size_t n = reset(v.path, cast_.tcp_look(v.role, segment.sequence().value(), v.now),
                         v.role.who->look.reset_window, segment, room);
  exit_.send(Count::kOutResets, n, v.now, v.wall);
  v.contact.deed = result::Deed::kReset;
  return Count::kResets;
}

Count Engine::send_bare_ack(Visit& v) {
  if (limited(v)) return Count::kRateLimited;
  const wire::TcpView syn = v.view.tcp();
  const base::MutableBytes room = exit_.begin();
  // Its number is nobody's, but the same for the same question.
  const auto number = static_cast<uint32_t>(population::host_mix(v.role.host.variety ^ syn.sequence().value()));
  const size_t n = bare_ack(v.path, cast_.tcp_look(v.role, syn.sequence().value(), v.now),
                            v.role.who->look.window_plain, syn, number, room);
  exit_.send(Count::kOutResets, n, v.now, v.wall);
  v.contact.deed = result::Deed::kReply;
  return Count::kResets;
}

Count Engine::silence_of(Visit& v) const {
  if (!v.role.host.alive()) return Count::kNobody;
  v.contact.deed = result::Deed::kFiltered;
  return Count::kSilentPort;
}

}  // namespace portolan::respond
