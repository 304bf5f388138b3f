// SPDX-License-Identifier: Apache-2.0
// Port: a way out to one network interface and a way in from it, in bursts, without copies of received frames.
//
// Everything that sends or receives frames is a Port: kernel rings, raw IP, pcap file, null, one end of a pair, and
// the wrappers (tracer, fault injector, pcap tee) that are Ports around a Port. One conformance test runs over all.
// Virtual per burst, never per byte. Nothing here allocates after construction, throws, or blocks except wait().
//
// Transmit: acquire() lends slots, the caller writes whole frames into the first ones, commit() sends them. A slot's
// content between bursts is unspecified: write every byte. Receive: receive() lends frames that stay valid until
// the next receive(). Threads: one at a time, the lane's; stats() may be called from any.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "wire/link.h"

namespace portolan::pktio {

struct TxSlot {
  uint8_t* data = nullptr;  // at least `capacity` writable bytes
  uint16_t capacity = 0;    // bytes; at least kMinSlot
  uint16_t length = 0;      // set by the caller: bytes of the frame
};
inline constexpr uint16_t kMinSlot = 1514;

struct RxFrame {
  base::Bytes bytes;              // link header included
  base::Nanos wall = 0;           // arrival, by the kernel's clock where it tells, else when it was read
  bool checksum_partial = false;  // the sender's kernel left the transport checksum to a NIC that was never reached
                                  // (veth, loopback): do not verify it
};

// Counted by the port, readable at any time. A frame that was accepted is in exactly one of sent and refused.
struct PortStats {
  uint64_t sent = 0;  // taken by the kernel (or the file, or the peer)
  uint64_t sent_bytes = 0;
  uint64_t send_refused = 0;  // frames the kernel refused for good (EINVAL, ENETDOWN, EPERM ...)
  uint64_t send_retries = 0;  // times a full queue made commit() try again (ENOBUFS, EAGAIN)
  uint64_t received = 0;
  uint64_t received_bytes = 0;
  uint64_t receive_dropped = 0;  // lost by the kernel because our ring was full

  PortStats& operator+=(const PortStats& o) {
    sent += o.sent;
    sent_bytes += o.sent_bytes;
    send_refused += o.send_refused;
    send_retries += o.send_retries;
    received += o.received;
    received_bytes += o.received_bytes;
    receive_dropped += o.receive_dropped;
    return *this;
  }
};

class Port {
 public:
  virtual ~Port() = default;

  virtual wire::LinkType link() const = 0;

  // Lends up to `want` slots; may lend fewer, and none only while the way out is full.
  virtual std::span<TxSlot> acquire(size_t want) = 0;
  // Sends the first `count` of the slots lent last, in order; returns when each was sent or counted as refused.
  // REQUIRES: count <= the size of the last acquire(). The lent slots are given back.
  virtual void commit(size_t count) = 0;

  // Up to `want` frames that have arrived; empty when none has. Frames stay valid until the next receive().
  virtual std::span<const RxFrame> receive(size_t want) = 0;

  // A descriptor that polls readable when receive() may have something, or -1 when there is none (null, file, pair).
  virtual int wait_fd() const = 0;

  virtual PortStats stats() const = 0;
};

}  // namespace portolan::pktio
