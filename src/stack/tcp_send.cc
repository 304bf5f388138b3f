// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/cursor.h"
#include "stack/tcp_core.h"

namespace portolan::stack {

using base::SeqNum;
namespace flag = wire::tcp_flag;

size_t TcpServer::Core::send(TcpId id, base::Bytes bytes, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (!alive(id) || c.closing || bytes.empty()) return 0;
  if (!c.out.has_block() && make_block_room(id)) c.out.lend(pool_.take());
  if (!alive(id)) return 0;  // a handler of those that had to go has dropped it
  const size_t taken = c.out.has_block() ? c.out.append(bytes) : 0;
  c.wants_room = taken < bytes.size();
  c.tally.bytes_out += taken;
  holders_.touch(id);
  transmit(id, now);
  arm(id);
  return taken;
}

void TcpServer::Core::close(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (!alive(id) || c.closing) return;
  c.closing = true;
  c.wants_room = false;
  transmit(id, now);
  arm(id);
}

void TcpServer::Core::abort(TcpId id, base::Nanos now) {
  if (!alive(id)) return;
  send_segment(id, connections_[id].snd_max, flag::kRst | flag::kAck, {}, now);
  end(id, TcpEnd::kAborted);
}

void TcpServer::Core::grant(TcpId id, uint32_t bytes, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (!alive(id)) return;
  c.metered = true;
  c.granted = bytes;
  const uint32_t open = c.rcv_edge - c.rcv_nxt;
  const uint32_t worth_saying = std::min(c.mss, limits_.receive_window / 2);
  if (c.fin_in || open >= c.mss || bytes < open + worth_saying) return;
  if (id == serving_) {
    c.ack_due = true;
  } else {
    send_ack(id, now);
  }
}

void TcpServer::Core::transmit(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  while (transmit_one(id, now)) continue;
  if (c.fin_out && c.end_at == 0) c.end_at = now + limits_.closing;
  const bool waits = c.snd_nxt != c.snd_una || c.unsent() != 0;
  if (waits && c.retry_at == 0) c.retry_at = now + pause(c);
}

// One segment of data, our FIN, or both. Our FIN heeds no window: it fills none, and asks about a closed one.
bool TcpServer::Core::transmit_one(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  const uint32_t in_flight = c.in_flight();
  if (in_flight > c.out.size()) return false;  // the FIN is out
  const uint32_t window = std::min(c.snd_wnd, c.congestion);
  const uint32_t usable = window > in_flight ? window - in_flight : 0;
  const uint32_t pending = c.out.size() - in_flight;
  const uint32_t size = std::min({pending, usable, c.mss});
  const bool fin = c.closing && !c.fin_acked && size == pending;
  if (size == 0 && !fin) return false;
  // A window that is nearly full is not filled by crumbs (RFC 9293, 3.8.6.2.1).
  if (size < c.mss && size < pending && in_flight != 0) return false;

  const SeqNum at = c.snd_nxt;
  c.snd_nxt = at + size + (fin ? 1 : 0);
  if (at.before(c.snd_max)) ++c.tally.retransmissions;
  if (c.snd_max.before(c.snd_nxt)) c.snd_max = c.snd_nxt;
  if (fin && !c.fin_out) {
    c.fin_out = true;
    c.closed_first = !c.fin_in;
  }
  const uint8_t last = size != 0 && size == pending ? flag::kPsh : 0;
  const auto flags = static_cast<uint8_t>(flag::kAck | last | (fin ? flag::kFin : 0));
  send_segment(id, at, flags, c.out.piece(in_flight, size, scratch_), now);
  return !fin;
}

// Nothing was heard for as long as we wait: all in flight is sent again, the first segment now (RFC 6298, 5.4 to 5.6),
// or the client is asked whether its window is still closed, in the way of Linux: by a number that is old.
void TcpServer::Core::retry(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (c.tries == limits_.attempts) return end(id, TcpEnd::kLost);
  ++c.tries;
  c.snd_nxt = c.snd_una;
  c.congestion = c.mss;
  c.retry_at = now + pause(c);
  transmit(id, now);
  if (c.snd_nxt == c.snd_una) send_segment(id, SeqNum(c.snd_una.value() - 1), flag::kAck, {}, now);
}

base::Nanos TcpServer::Core::pause(const TcpConnection& c) const {
  return limits_.retransmit << std::min<int>(c.tries, kMostDoublings);
}

void TcpServer::Core::challenge(TcpId id, base::Nanos now) {
  TcpConnection& c = connections_[id];
  if (c.was_challenged && now - c.challenged < kChallengePause) return;
  c.was_challenged = true;
  c.challenged = now;
  send_ack(id, now);
}

// With a number that the client takes: what lies beyond a window that shrank it would not.
void TcpServer::Core::send_ack(TcpId id, base::Nanos now) {
  const TcpConnection& c = connections_[id];
  const SeqNum edge = c.snd_una + c.snd_wnd;
  const SeqNum at = edge.before(c.snd_max) && c.out.size() != 0 ? edge : c.snd_max;
  send_segment(id, at, flag::kAck, {}, now);
}

void TcpServer::Core::send_segment(TcpId id, SeqNum sequence, uint8_t flags, base::Bytes payload, base::Nanos now) {
  TcpConnection& c = connections_[id];
  std::array<uint8_t, kTimestampsSize> options;
  base::Writer w(options);
  if (c.timestamps) {
    using namespace wire::tcp_option_kind;
    w.u8(kNop), w.u8(kNop), w.u8(kTimestamps), w.u8(kTimestampsSize - 2);
    w.be32(tcp_timestamp(now) + c.peer.clock_offset), w.be32(c.ts_recent);
  }
  wire::Tcp segment;
  segment.source_port = c.peer.server_port;
  segment.destination_port = c.peer.client_port;
  segment.sequence = sequence;
  segment.acknowledgment = c.rcv_nxt;
  segment.flags = flags;
  segment.window = advertise(c);
  segment.options = w.written();
  segment.payload = payload;
  c.last_ack = c.rcv_nxt;
  c.ack_due = false;
  ++c.tally.segments_out;
  output_->send(c.peer, segment);
}

// The window field, and what it grants from now on. Never less than before: an edge does not move back.
uint16_t TcpServer::Core::advertise(TcpConnection& c) const {
  const uint32_t free = c.granted > c.undelivered ? c.granted - c.undelivered : 0;
  const uint32_t granted_before = c.rcv_edge - c.rcv_nxt;
  const uint32_t field = std::min(std::max(free, granted_before) >> c.rcv_scale, 0xffffu);
  const SeqNum edge = c.rcv_nxt + (field << c.rcv_scale);
  if (c.rcv_edge.before(edge)) c.rcv_edge = edge;
  return static_cast<uint16_t>(field);
}

}  // namespace portolan::stack
