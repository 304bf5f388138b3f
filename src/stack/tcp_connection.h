// SPDX-License-Identifier: Apache-2.0
// TcpConnection: what TcpServer keeps of one connection. Names of sequence variables are RFC 9293's, 3.3.1.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/seqnum.h"
#include "stack/reassembly.h"
#include "stack/send_ring.h"
#include "stack/tcp_server.h"

namespace portolan::stack {

struct TcpConnection {
  enum class State : uint8_t {
    kFree,
    kAlive,   // ESTABLISHED to LAST_ACK; the flags below tell which
    kEnding,  // on_gone() is being called
    kLinger,  // TIME_WAIT
  };

  TcpPeer peer{};
  TcpTally tally{};
  uint32_t hash = 0;  // of the flow table
  State state = State::kFree;

  // Receiving.
  base::SeqNum rcv_nxt{};
  base::SeqNum rcv_edge{};   // behind the last byte that the client was ever allowed to send
  base::SeqNum fin_at{};     // the client's FIN, if has_fin
  base::SeqNum last_ack{};   // Last.ACK.sent
  uint32_t granted = 0;      // bytes that may come behind those delivered
  uint32_t undelivered = 0;  // of those before rcv_nxt
  uint32_t ts_recent = 0;
  Reassembly gap{};
  bool metered = false;  // granted is what grant() said, less what was delivered since
  bool timestamps = false;
  bool has_fin = false;   // the client's FIN was seen, perhaps behind a gap
  bool fin_in = false;    // and reached
  bool ack_due = false;   // something came that wants to be acknowledged
  uint8_t rcv_scale = 0;  // ours, or 0 if the client does not scale

  // Sending. out holds [snd_una, ...), of which the bytes before snd_nxt are in flight; our FIN follows the last.
  base::SeqNum snd_una{};
  base::SeqNum snd_nxt{};  // goes back to snd_una on a timeout
  base::SeqNum snd_max{};  // behind the highest ever sent
  base::SeqNum snd_wl1{};
  uint32_t snd_wnd = 0;
  uint32_t snd_wnd_max = 0;
  uint32_t congestion = 0;  // cwnd (RFC 5681), bytes
  uint32_t mss = 0;         // of payload
  SendRing out{};
  uint8_t snd_scale = 0;
  uint8_t tries = 0;          // retransmissions and probes since the client last moved
  bool closing = false;       // close() was called
  bool fin_out = false;       // our FIN was sent
  bool fin_acked = false;     // and acknowledged
  bool closed_first = false;  // before the client's FIN came
  bool wants_room = false;    // a send() was short
  bool was_challenged = false;

  // Monotonic; 0: none.
  base::Nanos idle_at = 0;
  base::Nanos retry_at = 0;
  base::Nanos end_at = 0;
  base::Nanos challenged = 0;  // the last time that we answered what cannot be right

  uint32_t in_flight() const { return snd_nxt - snd_una; }
  // What is to be sent and has not been since snd_nxt last went back, our FIN not counted.
  uint32_t unsent() const { return in_flight() < out.size() ? out.size() - in_flight() : 0; }
};

}  // namespace portolan::stack
