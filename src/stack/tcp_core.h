// SPDX-License-Identifier: Apache-2.0
// TcpServer::Core: the table and its connections. Bodies by topic: tcp_core.cc (coming, going and timers),
// tcp_receive.cc (RFC 9293, 3.10.7.4), tcp_send.cc (3.8). For tcp_server.cc only; contract in tcp_server.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/buffer_pool.h"
#include "base/timer_wheel.h"
#include "stack/flow_table.h"
#include "stack/recency_list.h"
#include "stack/tcp_connection.h"
#include "stack/tcp_server.h"

namespace portolan::stack {

class TcpServer::Core {
 public:
  Core(const TcpLimits& limits, TcpEvents& events, TcpOutput& output);

  std::optional<TcpId> find(const TcpPeer& peer) const { return find(peer, hash_of(peer)); }
  TcpId enter(const TcpPeer& peer, const wire::TcpView& ack, const wire::SynOffer& offer, base::Nanos now);
  void on_segment(TcpId id, const wire::TcpView& segment, base::Nanos now);
  size_t send(TcpId id, base::Bytes bytes, base::Nanos now);
  void close(TcpId id, base::Nanos now);
  void abort(TcpId id, base::Nanos now);
  void drop(TcpId id, TcpEnd how);
  void grant(TcpId id, uint32_t bytes, base::Nanos now);
  void on_time(base::Nanos now);
  void shut_down();

  const TcpConnection& at(TcpId id) const { return connections_[id]; }
  std::optional<base::Nanos> next_deadline() const { return wheel_.next(); }
  size_t size() const { return alive_; }
  uint64_t evicted() const { return evicted_; }
  uint64_t out_of_order_dropped() const { return out_of_order_dropped_; }

 private:
  static constexpr TcpId kNobody = 0xffffffff;
  // Answers to what cannot be right, a connection: Linux's default (tcp_invalid_ratelimit).
  static constexpr base::Nanos kChallengePause = base::kSecond / 2;
  static constexpr uint32_t kInitialSegments = 10;      // RFC 6928
  static constexpr uint32_t kMostCongestion = 1 << 20;  // beyond it nothing changes: a send ring is smaller
  static constexpr int kMostDoublings = 6;
  static constexpr uint8_t kTimestampsSize = 12;  // with the NOPs before them

  struct Fact;  // of a segment, read once

  // tcp_core.cc
  uint32_t hash_of(const TcpPeer& peer) const;
  std::optional<TcpId> find(const TcpPeer& peer, uint32_t hash) const;
  TcpId take_entry();
  bool make_block_room(TcpId asker);
  bool alive(TcpId id) const { return connections_[id].state == TcpConnection::State::kAlive; }
  void tell_gone(TcpId id, TcpEnd how);
  void release(TcpId id);
  void end(TcpId id, TcpEnd how);
  void evict(TcpId id);
  void finish(TcpId id, base::Nanos now);
  void on_deadline(TcpId id, base::Nanos now);
  void arm(TcpId id);
  void note_blocks(TcpId id);

  // tcp_receive.cc
  bool check_sequence(TcpId id, const Fact& f, base::Nanos now);
  bool check_control(TcpId id, const Fact& f, base::Nanos now);
  bool take_ack(TcpId id, const Fact& f, base::Nanos now);
  void take_acked(TcpConnection& c, uint32_t acked, base::Nanos now);
  void take_window(TcpConnection& c, const Fact& f, bool advances);
  void take_payload(TcpId id, const Fact& f);
  void deliver(TcpId id, base::SeqNum from, base::Bytes first);
  void on_lingering(TcpId id, const Fact& f, base::Nanos now);

  // tcp_send.cc
  void transmit(TcpId id, base::Nanos now);
  bool transmit_one(TcpId id, base::Nanos now);
  void retry(TcpId id, base::Nanos now);
  void challenge(TcpId id, base::Nanos now);
  void send_ack(TcpId id, base::Nanos now);
  void send_segment(TcpId id, base::SeqNum sequence, uint8_t flags, base::Bytes payload, base::Nanos now);
  uint16_t advertise(TcpConnection& c) const;
  base::Nanos pause(const TcpConnection& c) const;

  TcpLimits limits_;
  TcpEvents* events_;
  TcpOutput* output_;
  base::BufferPool pool_;  // before connections_, which borrow from it
  std::vector<TcpConnection> connections_;
  std::vector<TcpId> free_;
  FlowTable flows_;
  RecencyList recent_;   // all entries
  RecencyList holders_;  // those that hold blocks
  base::TimerWheel wheel_;
  std::array<uint8_t, 1460> scratch_{};
  TcpId serving_ = kNobody;  // whose segment is being dealt with: never evicted
  size_t alive_ = 0;
  uint64_t evicted_ = 0;
  uint64_t out_of_order_dropped_ = 0;
};

}  // namespace portolan::stack
