// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "stack/tcp_core.h"

namespace portolan::stack {

using base::SeqNum;
using State = TcpConnection::State;
namespace flag = wire::tcp_flag;

// A segment, each field read once.
struct TcpServer::Core::Fact {
  SeqNum sequence;
  SeqNum ack;
  uint8_t flags;
  uint16_t window;
  base::Bytes payload;
  std::optional<wire::TcpTimestamps> timestamps;

  bool has(uint8_t f) const { return (flags & f) != 0; }
  uint32_t length() const { return static_cast<uint32_t>(payload.size()) + (has(flag::kFin) ? 1 : 0); }
};

void TcpServer::Core::on_segment(TcpId id, const wire::TcpView& segment, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (c.state == State::kFree) return;
  Fact f{segment.sequence(), segment.acknowledgment(), segment.flags(), segment.window(), segment.payload(), {}};
  if (c.timestamps) f.timestamps = segment.options().timestamps;
  ++c.tally.segments_in;
  if (c.state == State::kLinger) return on_lingering(id, f, now);

  const TcpId outer = std::exchange(serving_, id);
  if (check_sequence(id, f, now) && check_control(id, f, now)) {
    c.idle_at = now + limits_.idle;
    recent_.touch(id);
    if (holders_.contains(id)) holders_.touch(id);
    if (take_ack(id, f, now)) take_payload(id, f);
    if (alive(id)) transmit(id, now);
    if (alive(id) && c.ack_due) send_ack(id, now);
  }
  serving_ = outer;
  if (!alive(id)) return;
  if (c.fin_in && c.fin_acked) return finish(id, now);
  note_blocks(id);
  arm(id);
}

// RFC 9293, first check, as wide as Linux has it, after PAWS (RFC 7323, 5.3).
bool TcpServer::Core::check_sequence(TcpId id, const Fact& f, base::Nanos now) {
  TcpConnection& c = connections_[id];
  const bool old_clock = f.timestamps && static_cast<int32_t>(f.timestamps->value - c.ts_recent) < 0;
  const bool in_reach = !(f.sequence + f.length()).before(c.rcv_nxt) && !c.rcv_edge.before(f.sequence);
  if (f.has(flag::kRst)) return in_reach;
  if (old_clock || !in_reach) {
    // Data that came again means that our acknowledgment was lost: it is never kept back.
    if (!f.payload.empty() && !f.has(flag::kSyn)) {
      send_ack(id, now);
    } else {
      challenge(id, now);
    }
    return false;
  }
  if (f.timestamps && !c.last_ack.before(f.sequence)) c.ts_recent = f.timestamps->value;
  return true;
}

// RST and SYN (RFC 5961, 3 and 4); a segment without ACK is nothing.
bool TcpServer::Core::check_control(TcpId id, const Fact& f, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (f.has(flag::kRst)) {
    if (f.sequence == c.rcv_nxt) {
      end(id, TcpEnd::kReset);
    } else if (f.sequence.in_window(c.rcv_nxt, c.rcv_edge - c.rcv_nxt)) {
      challenge(id, now);
    }
    return false;
  }
  if (f.has(flag::kSyn)) {
    challenge(id, now);
    return false;
  }
  return f.has(flag::kAck);
}

// False: the segment is not to be believed.
bool TcpServer::Core::take_ack(TcpId id, const Fact& f, base::Nanos now) {
  TcpConnection& c = connections_[id];
  const bool from_the_future = c.snd_max.before(f.ack);
  const bool from_long_ago = f.ack.before(c.snd_una) && c.snd_una - f.ack > c.snd_wnd_max;
  if (from_the_future || from_long_ago) {
    challenge(id, now);
    return false;
  }
  if (f.ack.before(c.snd_una)) return true;
  const uint32_t acked = f.ack - c.snd_una;
  if (acked != 0) take_acked(c, acked, now);
  take_window(c, f, acked != 0);
  if (c.wants_room && c.out.size() < SendRing::kCapacity && !c.closing) {
    c.wants_room = false;
    events_->on_room(id);
  }
  return alive(id);
}

void TcpServer::Core::take_acked(TcpConnection& c, uint32_t acked, base::Nanos now) {
  const uint32_t data = std::min(acked, c.out.size());
  c.out.consume(data);
  if (acked > data) c.fin_acked = true;
  c.snd_una = c.snd_una + acked;
  if (c.snd_nxt.before(c.snd_una)) c.snd_nxt = c.snd_una;
  c.congestion = std::min(c.congestion + data, kMostCongestion);
  c.tries = 0;
  // transmit() sets it if anything is left.
  c.retry_at = c.snd_nxt == c.snd_una ? 0 : now + pause(c);
}

// As Linux has it: what acknowledges something new is new, even if its own number is old because it was sent again.
void TcpServer::Core::take_window(TcpConnection& c, const Fact& f, bool advances) {
  const uint32_t window = uint32_t{f.window} << c.snd_scale;
  const bool told_apart = c.snd_wl1 == f.sequence && (window > c.snd_wnd || window == 0);
  if (!advances && !c.snd_wl1.before(f.sequence) && !told_apart) return;
  if (window > c.snd_wnd && c.tries != 0) {
    c.tries = 0;
    c.retry_at = 0;  // transmit() sets it anew
  }
  c.snd_wnd = window;
  c.snd_wnd_max = std::max(c.snd_wnd_max, window);
  c.snd_wl1 = f.sequence;
}

// Brings rcv_nxt as far as it goes first, so that an answer of the handler acknowledges all of it.
void TcpServer::Core::take_payload(TcpId id, const Fact& f) {
  TcpConnection& c = connections_[id];
  if (f.length() == 0) return;
  c.ack_due = true;
  if (c.fin_in) return;

  base::Bytes bytes = f.payload;
  SeqNum at = f.sequence;
  if (at.before(c.rcv_nxt)) {
    const size_t old = std::min<size_t>(c.rcv_nxt - at, bytes.size());
    bytes = bytes.subspan(old);
    at = at + static_cast<uint32_t>(old);
  }
  // The FIN's place is the end of what may come.
  const SeqNum fin_at = f.sequence + static_cast<uint32_t>(f.payload.size());
  if (f.has(flag::kFin) && !c.has_fin && !fin_at.before(c.rcv_nxt) && !c.rcv_edge.before(fin_at)) {
    c.has_fin = true;
    c.fin_at = fin_at;
  }
  const SeqNum limit = c.has_fin && c.fin_at.before(c.rcv_edge) ? c.fin_at : c.rcv_edge;
  bytes = bytes.first(limit.before(at) ? 0 : std::min<size_t>(bytes.size(), limit - at));

  if (at != c.rcv_nxt) {
    if (!bytes.empty() && !c.gap.keep(pool_, c.rcv_nxt, at, bytes)) ++out_of_order_dropped_;
    return;
  }
  const SeqNum from = c.rcv_nxt;
  c.rcv_nxt = c.gap.reach(from + static_cast<uint32_t>(bytes.size()));
  c.undelivered = c.rcv_nxt - from;
  if (c.has_fin && c.rcv_nxt == c.fin_at) {
    c.fin_in = true;
    c.rcv_nxt = c.rcv_nxt + 1;
    if (c.rcv_edge.before(c.rcv_nxt)) c.rcv_edge = c.rcv_nxt;  // a FIN needs no room
  }
  deliver(id, from, bytes);
  if (alive(id) && c.fin_in) events_->on_end_of_data(id);
}

// `first` in place, then what lay behind the gap that it closed.
void TcpServer::Core::deliver(TcpId id, SeqNum from, base::Bytes first) {
  TcpConnection& c = connections_[id];
  base::Bytes piece = first;
  SeqNum at = from;
  const SeqNum end = from + c.undelivered;
  while (!piece.empty()) {
    const auto size = static_cast<uint32_t>(piece.size());
    at = at + size;
    c.undelivered -= size;
    if (c.metered) c.granted -= std::min(c.granted, size);
    c.tally.bytes_in += size;
    events_->on_data(id, piece);
    if (!alive(id)) return;
    piece = at == end ? base::Bytes{} : c.gap.piece(at, end);
  }
  c.gap.forget_before(c.rcv_nxt);
}

// TIME_WAIT: the client's FIN again is acknowledged again, a reset ends it.
void TcpServer::Core::on_lingering(TcpId id, const Fact& f, base::Nanos now) {
  const TcpConnection& c = connections_[id];
  if (f.has(flag::kRst)) {
    if (f.sequence == c.rcv_nxt) release(id);
  } else if (f.length() != 0 && !f.has(flag::kSyn)) {
    challenge(id, now);
  }
}

}  // namespace portolan::stack
