// SPDX-License-Identifier: Apache-2.0
// TcpServer: the side of TCP that is connected to (RFC 9293), for very many strangers and in bounded memory.
//
// A SYN costs nothing here: the handshake is done by cookie (wire/syn_cookie.h) and a connection is made only by
// accept(), once a client has proven itself. All memory is taken at construction: `connections` entries and a pool of
// blocks for what arrives out of order and what is not yet acknowledged. When either is used up the least recently used
// connection goes. Delivers each byte once and in order; sends by the client's MSS and window, again after a timeout
// that doubles (RFC 6298), and closes both ways.
//
// Judges segments by RFC 9293 with the defences of RFC 5961 (RST, SYN and ACK in the window draw a challenge ACK) and
// RFC 7323 (timestamps, if the client's ACK has them: then the MSS counts without them, as everywhere).
//
// Falls silent, without a reset, on whoever is evicted, lost or idle: under a flood a reset for each that goes would
// be one more packet for each that comes. Who goes on regardless is of no connection, and the caller resets strays.
//
// Of a connection that we closed first an entry lingers (TIME_WAIT) to acknowledge the client's FIN again: on_gone()
// has been told, find() still finds it and on_segment() is right for it. It is the first to go when room is needed.
//
// accept() takes the segment's sequence number for the first one of the client's data: the caller's cookie should hold
// the client's initial sequence number, so that no later segment is taken for it.
//
// Sans-I/O: segments and the time come in, segments go out through TcpOutput, what happened through TcpEvents; both are
// called from inside the members. TcpEvents may call send(), close(), abort() and the like of this in turn, but not
// accept(), on_segment(), on_time() and shut_down(); TcpOutput may call nothing.
// Draws one secret at construction. No allocation after it, no throw. Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/buffer_pool.h"
#include "base/clock.h"
#include "wire/syn_cookie.h"
#include "wire/tcp.h"

namespace portolan::stack {

// Who is at the other end, and how the link reaches him.
struct TcpPeer {
  addr::IpAddress client{};
  addr::IpAddress server{};
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  addr::MacAddress mac{};  // where answers go
  uint16_t vlan = 0;       // 0: untagged
  bool has_mac = false;    // false on a raw IP link
  // Of our SYN-ACK: its window scale (wire::kNoWindowScale: it had none), and how far its timestamp was ahead of
  // tcp_timestamp().
  uint8_t window_scale = 7;
  uint32_t clock_offset = 0;
};

enum class TcpEnd : uint8_t { kClosed, kReset, kIdle, kEvicted, kLost, kAborted, kShutdown };

struct TcpLimits {
  uint32_t connections = 16384;
  uint32_t blocks = 4096;                    // of base::BufferPool::kBlock bytes, for all together; at least 4
  base::Nanos idle = 60 * base::kSecond;     // without a segment from the client
  base::Nanos closing = 10 * base::kSecond;  // from our FIN to the end at the latest
  base::Nanos linger = 4 * base::kSecond;    // TIME_WAIT
  base::Nanos retransmit = base::kSecond;    // the first timeout; doubles
  uint8_t attempts = 5;                      // retransmissions, or probes of a closed window, before giving up
  uint32_t receive_window = 16384;           // bytes
};

// The clock of our timestamps (RFC 7323): milliseconds, as in the SYN-ACK.
constexpr uint32_t tcp_timestamp(base::Nanos now) { return static_cast<uint32_t>(now / base::kMillisecond); }

class TcpServer;
using TcpId = uint32_t;  // of a connection; used again after on_gone()

class TcpEvents {
 public:
  virtual ~TcpEvents() = default;
  virtual void on_data(TcpId id, base::Bytes bytes) = 0;  // next in order; valid during the call
  virtual void on_end_of_data(TcpId id) = 0;              // the client's FIN; nothing more will come
  virtual void on_room(TcpId id) = 0;                     // after a short send(): some of it is acknowledged
  virtual void on_gone(TcpId id, TcpEnd how) = 0;         // the last call for this id
};

class TcpOutput {
 public:
  virtual ~TcpOutput() = default;
  // Spans in `segment` are valid during the call.
  virtual void send(const TcpPeer& to, const wire::Tcp& segment) = 0;
};

// What a connection has done so far.
struct TcpTally {
  uint32_t segments_in = 0;
  uint32_t segments_out = 0;
  uint64_t bytes_in = 0;   // delivered
  uint64_t bytes_out = 0;  // given to send() and taken
  uint32_t retransmissions = 0;
  base::Nanos opened = 0;  // monotonic
};

class TcpServer {
 public:
  // REQUIRES: events and output outlive it.
  TcpServer(const TcpLimits& limits, TcpEvents& events, TcpOutput& output);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  // The connection of a 4-tuple, if there is one or one lingers.
  std::optional<TcpId> find(const TcpPeer& peer) const;
  // True when only a lingering entry stands in the way of a new SYN: drop() it, and answer the SYN as any other. A SYN
  // for a connection that is alive goes to on_segment() (RFC 5961, 4).
  bool takes_new_syn(TcpId id) const;
  // A segment of a connection. REQUIRES: id is what find() said.
  void on_segment(TcpId id, const wire::TcpView& segment, base::Nanos now);

  // Makes the connection that `ack`, the client's third segment, completes; `offer` is what its cookie held. Any
  // payload of `ack` is delivered before it returns, after `announce(id)`, so that the caller knows the id by then (and
  // may greet). Never refuses: evicts if it must. REQUIRES: ack.acknowledgment() - 1 is a good cookie. If find(peer)
  // has one, that one is dropped as kReset.
  template <class Announce>
  void accept(const TcpPeer& peer, const wire::TcpView& ack, const wire::SynOffer& offer, base::Nanos now,
              Announce&& announce) {
    const TcpId id = enter(peer, ack, offer, now);
    announce(id);
    on_segment(id, ack, now);
  }

  // Takes up to bytes.size() of them to send, in order; fewer only while the send buffer (one block) is full.
  size_t send(TcpId id, base::Bytes bytes, base::Nanos now);
  void close(TcpId id, base::Nanos now);  // FIN after what is still to be sent; data still come in
  void abort(TcpId id, base::Nanos now);  // RST, and on_gone(kAborted)
  void drop(TcpId id, TcpEnd how);        // without a word to the client; on_gone(how) unless it was told

  // For who cannot take data at any speed: from now on the client may send this many bytes, counted behind those that
  // were delivered. At first, and if it is never called, always receive_window. What was granted stays granted.
  void grant(TcpId id, uint32_t bytes, base::Nanos now);

  // Timers. The time when the next is due; nullopt: none is.
  void on_time(base::Nanos now);
  std::optional<base::Nanos> next_deadline() const;

  // REQUIRES for both: id is alive, or this is called from its on_gone().
  const TcpPeer& peer(TcpId id) const;
  const TcpTally& tally(TcpId id) const;
  size_t size() const;  // connections alive; those that linger are not
  uint64_t evicted() const;
  uint64_t out_of_order_dropped() const;  // segments beyond a gap that could not be kept
  // Ends all: on_gone(kShutdown) for each, nothing is sent.
  void shut_down();

 private:
  TcpId enter(const TcpPeer& peer, const wire::TcpView& ack, const wire::SynOffer& offer, base::Nanos now);
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace portolan::stack
