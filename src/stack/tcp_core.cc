// SPDX-License-Identifier: Apache-2.0
#include "stack/tcp_core.h"

#include <algorithm>

namespace portolan::stack {

using State = TcpConnection::State;

TcpServer::Core::Core(const TcpLimits& limits, TcpEvents& events, TcpOutput& output)
    : limits_(limits),
      events_(&events),
      output_(&output),
      pool_(std::max(4u, limits.blocks)),
      connections_(std::max(1u, limits.connections)),
      flows_(uint32_t(connections_.size())),
      recent_(uint32_t(connections_.size())),
      holders_(uint32_t(connections_.size())),
      wheel_(uint32_t(connections_.size())) {
  free_.reserve(connections_.size());
  for (auto id = TcpId(connections_.size()); id-- > 0;) free_.push_back(id);
}

uint32_t TcpServer::Core::hash_of(const TcpPeer& peer) const {
  return flows_.hash(peer.client, peer.server, uint32_t{peer.client_port} << 16 | peer.server_port);
}

std::optional<TcpId> TcpServer::Core::find(const TcpPeer& peer, uint32_t hash) const {
  return flows_.find(hash, [&](TcpId id) {
    const TcpPeer& p = connections_[id].peer;
    return p.client == peer.client && p.server == peer.server && p.client_port == peer.client_port &&
           p.server_port == peer.server_port;
  });
}

TcpId TcpServer::Core::enter(const TcpPeer& peer, const wire::TcpView& ack, const wire::SynOffer& offer,
                             base::Nanos now) {
  const uint32_t hash = hash_of(peer);
  if (const auto old = find(peer, hash)) drop(*old, TcpEnd::kReset);
  const TcpId id = take_entry();
  TcpConnection& c = connections_[id];
  // Both sides must have offered it (RFC 7323 2.2).
  const bool scales = offer.window_scale != wire::kNoWindowScale && peer.window_scale <= 14;
  c.peer = peer;
  c.hash = hash;
  c.state = State::kAlive;
  c.tally.opened = now;
  c.rcv_nxt = c.last_ack = ack.sequence();
  c.granted = limits_.receive_window;
  c.rcv_edge = c.rcv_nxt + c.granted;
  c.rcv_scale = scales ? peer.window_scale : 0;
  c.snd_una = c.snd_nxt = c.snd_max = ack.acknowledgment();
  c.snd_wl1 = ack.sequence();
  c.snd_scale = scales ? static_cast<uint8_t>(std::min<uint64_t>(offer.window_scale, 14)) : 0;
  c.snd_wnd = c.snd_wnd_max = uint32_t{ack.window()} << c.snd_scale;
  c.mss = static_cast<uint32_t>(wire::syn_mss(offer.mss_index));
  if (const auto timestamps = ack.options().timestamps) {
    c.timestamps = true;
    c.ts_recent = timestamps->value;
    c.mss -= kTimestampsSize;
  }
  c.congestion = kInitialSegments * c.mss;
  c.idle_at = now + limits_.idle;
  flows_.insert(hash, id);
  recent_.touch(id);
  ++alive_;
  arm(id);
  return id;
}

TcpId TcpServer::Core::take_entry() {
  if (free_.empty()) evict(recent_.first());
  const TcpId id = free_.back();
  free_.pop_back();
  return id;
}

// Makes sure that the pool has a block, at the cost of whoever has used one least recently.
bool TcpServer::Core::make_block_room(TcpId asker) {
  while (pool_.left() == 0) {
    TcpId id = holders_.first();
    while (id == asker || id == serving_) id = holders_.next(id);  // these two hold three blocks at most, of four
    if (id == holders_.end()) return false;
    evict(id);
  }
  return true;
}

void TcpServer::Core::note_blocks(TcpId id) {
  const TcpConnection& c = connections_[id];
  const bool holds = c.out.has_block() || c.gap.has_block();
  if (!holds) {
    holders_.remove(id);
  } else if (!holders_.contains(id)) {
    holders_.touch(id);
  }
}

// The entry is still whole while the handler looks at it, but does nothing any more.
void TcpServer::Core::tell_gone(TcpId id, TcpEnd how) {
  connections_[id].state = State::kEnding;
  --alive_;
  events_->on_gone(id, how);
}

void TcpServer::Core::release(TcpId id) {
  flows_.erase(connections_[id].hash, id);
  recent_.remove(id);
  holders_.remove(id);
  wheel_.cancel(id);
  connections_[id] = TcpConnection{};
  free_.push_back(id);
}

void TcpServer::Core::end(TcpId id, TcpEnd how) {
  if (alive(id)) tell_gone(id, how);
  release(id);
}

void TcpServer::Core::evict(TcpId id) {
  if (alive(id)) ++evicted_;
  end(id, TcpEnd::kEvicted);
}

void TcpServer::Core::drop(TcpId id, TcpEnd how) {
  if (alive(id) || connections_[id].state == State::kLinger) end(id, how);
}

// Both FINs are acknowledged.
void TcpServer::Core::finish(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (!c.closed_first) return end(id, TcpEnd::kClosed);
  tell_gone(id, TcpEnd::kClosed);
  c.state = State::kLinger;
  c.out.clear();
  c.gap.clear();
  holders_.remove(id);
  recent_.put_last(id);
  c.idle_at = c.retry_at = 0;
  c.end_at = now + limits_.linger;
  arm(id);
}

void TcpServer::Core::shut_down() {
  while (recent_.first() != recent_.end()) end(recent_.first(), TcpEnd::kShutdown);
}

void TcpServer::Core::on_time(base::Nanos now) {
  while (const auto id = wheel_.take_due(now)) on_deadline(*id, now);
}

void TcpServer::Core::on_deadline(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  const auto due = [now](base::Nanos when) { return when != 0 && when <= now; };
  if (c.state == State::kLinger) {
    if (due(c.end_at)) return release(id);
  } else if (due(c.end_at)) {
    return end(id, c.fin_acked ? TcpEnd::kIdle : TcpEnd::kLost);
  } else if (due(c.idle_at)) {
    return end(id, TcpEnd::kIdle);
  } else if (due(c.retry_at)) {
    retry(id, now);
    if (!alive(id)) return;
  }
  arm(id);
}

// Deadlines are mostly put off, so one that is set already is left to fire and looked at then.
void TcpServer::Core::arm(TcpId id) {
  const TcpConnection& c = connections_[id];
  base::Nanos first = INT64_MAX;
  for (const base::Nanos when : {c.idle_at, c.retry_at, c.end_at}) {
    if (when != 0) first = std::min(first, when);
  }
  if (first == INT64_MAX) return wheel_.cancel(id);
  if (!wheel_.is_set(id) || first < wheel_.deadline(id)) wheel_.set(id, first);
}

}  // namespace portolan::stack
