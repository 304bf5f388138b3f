// SPDX-License-Identifier: Apache-2.0
// The frames that a host answers with from what it was asked alone: no connection, no memory.
//
// Each function writes one whole frame into `out` and returns its length. Nothing here decides whether to answer: that
// is Engine's. The XDP program of room xdp writes the same bytes, and a differential test holds the two together.
// REQUIRES of all: out.size() >= pktio::kMinSlot. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "population/personality.h"
#include "wire/frame_view.h"
#include "wire/link_shape.h"
#include "wire/tcp.h"

namespace portolan::respond {

// The way back to whoever sent a frame.
struct ReplyPath {
  wire::LinkShape link{};  // our MAC and his VLAN
  addr::MacAddress mac{};  // his
  addr::IpAddress ours{};
  addr::IpAddress theirs{};
};

// To the sender of `frame`, from the address that he sent to.
ReplyPath path_back(const wire::FrameView& frame, const addr::MacAddress& own_mac);

// How IP headers of a host look.
struct IpLook {
  uint8_t ttl = 64;  // and hop limit
  uint16_t identification = 0;
  bool dont_fragment = true;
  uint8_t tos = 0;  // and traffic class
};

// Link and IP header for `payload_size` bytes behind them; returns the length of the whole.
size_t ip_frame(const ReplyPath& path, const IpLook& look, uint8_t protocol, size_t payload_size,
                base::MutableBytes out);

// `cookie` is the initial sequence number, `clock` the TCP timestamp. Offers only what the SYN offered.
size_t syn_ack(const ReplyPath& path, const IpLook& ip, const population::Personality& who, const wire::TcpView& syn,
               uint32_t cookie, uint32_t clock, base::MutableBytes out);

// What a middlebox says that acknowledges everything: an ACK with a sequence number of its own.
size_t bare_ack(const ReplyPath& path, const IpLook& ip, uint16_t window, const wire::TcpView& syn, uint32_t sequence,
                base::MutableBytes out);

// RFC 9293 3.5.2: to a segment of no connection. REQUIRES: the segment is no RST.
size_t reset(const ReplyPath& path, const IpLook& ip, uint16_t window, const wire::TcpView& segment,
             base::MutableBytes out);

size_t tcp_segment(const ReplyPath& path, const IpLook& ip, const wire::Tcp& segment, base::MutableBytes out);
size_t udp_datagram(const ReplyPath& path, const IpLook& ip, uint16_t source_port, uint16_t destination_port,
                    base::Bytes payload, base::MutableBytes out);

// Both families. REQUIRES: frame.icmpv4() or frame.icmpv6() is an echo request that fits `out`.
size_t echo_reply(const ReplyPath& path, const IpLook& ip, const wire::FrameView& frame, base::MutableBytes out);
// RFC 792; `ms` is the time since midnight UTC. REQUIRES: a timestamp request of whole length.
size_t timestamp_reply(const ReplyPath& path, const IpLook& ip, const wire::FrameView& frame, uint32_t ms,
                       base::MutableBytes out);

// RFC 826; `padding` is put behind it.
size_t arp_answer(const ReplyPath& path, const wire::ArpView& request, base::Bytes padding, base::MutableBytes out);

// Why something cannot be reached; each stands for the type and code of either family.
enum class Unreachable : uint8_t { kPort, kProtocol, kProhibited, kHost };
// Quotes as much of the packet as the standards allow (RFC 1812 4.3.2.3: 576 bytes in all, RFC 4443 2.4: 1280), of
// IPv4 at most `quote` bytes.
size_t unreachable(const ReplyPath& path, const IpLook& ip, Unreachable why, const wire::FrameView& frame, size_t quote,
                   base::MutableBytes out);

}  // namespace portolan::respond
