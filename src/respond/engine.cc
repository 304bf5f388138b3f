// SPDX-License-Identifier: Apache-2.0
#include "respond/engine.h"

#include <algorithm>
#include <utility>

#include "wire/wire.h"

namespace portolan::respond {
namespace {

using wire::FrameView;

SourceRates source_rates(const Rates& rates) {
  const auto two_seconds = [](uint64_t per_second) {
    const auto burst = static_cast<uint32_t>(std::clamp<uint64_t>(2 * per_second, 1, 1u << 30));
    return BucketRate::per_second(per_second, burst);
  };
  return {.address = two_seconds(rates.per_source),
          .subnet = two_seconds(rates.per_prefix),
          .site = two_seconds(2 * rates.per_prefix),
          .whole = {}};
}

BucketRate cap_of(uint64_t frames_per_second) {
  const auto burst = static_cast<uint32_t>(std::clamp<uint64_t>(frames_per_second / 10, 64, 1u << 30));
  return BucketRate::per_second(frames_per_second, burst);
}

// Which answers these were.
bool is_answered(Count end) {
  switch (end) {
    case Count::kArp:
    case Count::kNeighbor:
    case Count::kEcho:
    case Count::kTimestamp:
    case Count::kSyn:
    case Count::kAccepted:
    case Count::kSegments:
    case Count::kResets:
    case Count::kUnreachable:
    case Count::kDatagrams:
      return true;
    default:
      return false;
  }
}

result::FrameStop stop_of(Count end) {
  switch (end) {
    case Count::kOtherMac:
      return result::FrameStop::kLink;
    case Count::kMalformed:
    case Count::kNotOurs:
    case Count::kDenied:
    case Count::kBadSource:
    case Count::kOwnSource:
      return result::FrameStop::kNetwork;
    default:
      return result::FrameStop::kTransport;
  }
}

}  // namespace

Engine::Engine(const EngineOptions& options, pktio::Port& port, result::Journal* journal, base::Nanos now,
               std::unique_ptr<host::StreamClient> streams)
    : options_(options),
      cast_(options_),
      link_(options.mac, options.own),
      journal_(journal),
      keys_(now),
      limits_(source_rates(options.rates)),
      errors_(BucketRate::per_second(cast_.errors_per_second(), cast_.errors_per_second()), 1u << 14,
              base::SipKey::draw()),
      exit_(port, counters_, journal, options.weather, cap_of(options.rates.whole)) {
  if (cast_.is_masscanned()) {
    masscanned_.emplace(options_, cast_, exit_, counters_, journal);
  } else {
    tcp_.emplace(options_, cast_, exit_, counters_, journal, std::move(streams));
  }
}

Engine::~Engine() {
  // Talks live in place and end with their connections; whoever wants them told has called shut_down().
  if (tcp_) tcp_->forget();
  if (masscanned_) masscanned_->forget();
}

void Engine::on_frame(const pktio::RxFrame& frame, base::Nanos now) {
  counters_.respond.add(Count::kReceived);
  const bool told = journal_ != nullptr && journal_->wants_frames();
  if (told) journal_->frame(result::FrameFate::kReceived, frame.wall, frame.bytes);
  Count end = Count::kMalformed;
  auto stop = result::FrameStop::kNetwork;
  const auto view = FrameView::check(frame.bytes, options_.link, frame.checksum_partial);
  if (view) {
    end = judge(*view, frame, now);
    stop = stop_of(end);
  } else {
    counters_.malformed.add(view.error());
    if (view.error() <= wire::Drop::kUnknownIpVersion) stop = result::FrameStop::kLink;
  }
  counters_.respond.add(end);
  if (told && !is_answered(end)) journal_->ignored(stop, frame.wall);
}

Count Engine::judge(const FrameView& view, const pktio::RxFrame& frame, base::Nanos now) {
  if (view.has_ethernet() && !link_.accepts(view.destination_mac())) return Count::kOtherMac;
  if (view.has_ethernet() && view.source_mac() == options_.mac) return Count::kOwnSource;
  if (exit_.loses_in()) return Count::kWeatherIn;
  if (view.network() == FrameView::Network::kArp) return on_arp(view, frame, now);
  return on_ip(view, now, frame.wall);
}

Count Engine::on_arp(const FrameView& view, const pktio::RxFrame& frame, base::Nanos now) {
  const wire::ArpView arp = view.arp();
  if (arp.operation() != wire::arp_operation::kRequest) return Count::kUnsupported;
  if (!options_.own.contains(arp.target()) || options_.shared.contains(arp.target())) return Count::kNotOurs;
  // A host that announces its address asks for itself; to answer would be to contest it.
  if (arp.sender() == arp.target() && !cast_.is_masscanned()) return Count::kUnsupported;
  Visit v{view, now, frame.wall, path_back(view, options_.mac), cast_.role(arp.target()), {}};
  prepare_contact(v);
  v.contact.ask = result::Ask::kArp;
  if (!v.role.host.answers_neighbors()) {
    tell(v);
    return Count::kNobody;
  }
  const base::MutableBytes room = exit_.begin();
  // masscanned sends back what stood behind the request, too.
  const size_t header = wire::size_of(v.path.link) + wire::arp_field::kSize;
  const base::Bytes padding = cast_.is_masscanned() ? frame.bytes.subspan(header) : base::Bytes{};
  exit_.send(Count::kOutLink, arp_answer(v.path, arp, padding, room), now, frame.wall);
  v.contact.deed = result::Deed::kReply;
  tell(v);
  return Count::kArp;
}

std::optional<Count> Engine::refuse_source(const addr::IpAddress& source) const {
  if (is_unanswerable(source)) return Count::kBadSource;
  if (options_.denied.contains(source)) return Count::kDenied;
  if (!options_.own.is_everything() && options_.own.contains(source)) return Count::kOwnSource;
  if (source == options_.primary_v4 || source == options_.primary_v6) return Count::kOwnSource;
  return std::nullopt;
}

Engine::Destination Engine::destination_of(const FrameView& view) const {
  const addr::IpAddress to = view.destination();
  if (!is_multicast(to) && to != addr::IpAddress::v4(0xffffffff)) return {options_.own.contains(to), to};
  const auto& primary = to.is_v4() ? options_.primary_v4 : options_.primary_v6;
  return {primary.has_value(), primary.value_or(to)};
}

Count Engine::on_ip(const FrameView& view, base::Nanos now, base::Nanos wall) {
  const bool solicitation = view.transport() == FrameView::Transport::kIcmpv6 &&
                            view.icmpv6().type() == wire::icmpv6_type::kNeighborSolicitation;
  const addr::IpAddress source = view.source();
  // A host that checks whether an address is free has none yet (RFC 4862 5.4.3).
  const bool unspecified = solicitation && source == addr::IpAddress();
  if (!unspecified) {
    if (const auto refused = refuse_source(source)) return *refused;
  }
  if (source == view.destination()) return Count::kOwnSource;
  Visit v{view, now, wall, path_back(view, options_.mac), {}, {}};
  if (solicitation) return on_solicitation(v);
  const Destination destination = destination_of(view);
  if (!destination.ours) return Count::kNotOurs;
  v.path.ours = destination.answer_from;
  v.role = cast_.role(v.path.ours);
  prepare_contact(v);
  const Count end = on_transport(v);
  tell(v);
  return end;
}

bool Engine::is_kept(const Visit& v, uint16_t port) const {
  return options_.kept_ports && options_.kept_ports->test(port) && options_.shared.contains(v.path.ours);
}

Count Engine::on_transport(Visit& v) {
  switch (v.view.transport()) {
    case FrameView::Transport::kTcp:
      return on_tcp(v);
    case FrameView::Transport::kUdp:
      return on_udp(v);
    case FrameView::Transport::kIcmpv4:
      return on_icmpv4(v);
    case FrameView::Transport::kIcmpv6:
      return on_icmpv6(v);
    default:
      return on_other(v);
  }
}

Count Engine::on_other(Visit& v) {
  v.contact.ask = result::Ask::kOther;
  if (cast_.is_masscanned() || is_multicast(v.view.destination())) return Count::kUnsupported;
  if (!v.role.host.alive()) return Count::kNobody;
  return send_unreachable(v, Unreachable::kProtocol);
}

Count Engine::send_unreachable(Visit& v, Unreachable why) {
  const addr::IpAddress host = v.path.ours;
  if (cast_.errors_per_second() != 0 && !errors_.take(host.hi(), host.lo(), 0, v.now)) {
    v.contact.deed = result::Deed::kRationed;
    return Count::kRateLimited;
  }
  if (limited(v)) return Count::kRateLimited;
  ReplyPath path = v.path;
  if (why == Unreachable::kHost) path.ours = router_of(host);
  const base::MutableBytes room = exit_.begin();
  const size_t n =
      unreachable(path, cast_.error_look(v.role, v.view, v.now), why, v.view, v.role.who->look.quote, room);
  exit_.send(Count::kOutIcmp, n, v.now, v.wall);
  v.contact.deed = result::Deed::kUnreachable;
  return Count::kUnreachable;
}

bool Engine::limited(Visit& v) {
  if (limits_.take(v.view.source(), v.now) == SourceLimit::kNone) return false;
  v.contact.deed = result::Deed::kRationed;
  return true;
}

void Engine::use_rules(std::shared_ptr<const Rules> rules) {
  rules_ = rules;
  if (tcp_) tcp_->use_rules(std::move(rules));
}

void Engine::on_time(base::Nanos now, base::Nanos wall) {
  keys_.on_time(now);
  exit_.on_time(now, wall);
  if (masscanned_) masscanned_->on_time(now, wall);
  if (tcp_) tcp_->on_time(now, wall);
  on_streams(now, wall);
}

base::Nanos Engine::next_deadline() const {
  base::Nanos next = keys_.next_deadline();
  for (const auto& d : {exit_.next_deadline(), tcp_ ? tcp_->next_deadline() : masscanned_->next_deadline()}) {
    if (d) next = std::min(next, *d);
  }
  return next;
}

void Engine::shut_down(base::Nanos now, base::Nanos wall) {
  if (tcp_) tcp_->shut_down(now, wall);
  if (masscanned_) masscanned_->shut_down(now, wall);
  exit_.flush();
}

}  // namespace portolan::respond
