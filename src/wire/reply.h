// SPDX-License-Identifier: Apache-2.0
// The replies that an address of ours owes its link: to ARP requests and to neighbor solicitations.
//
// Whether the address asked for is ours is the caller's question; here the answer is only written. A reply is returned
// as bytes in `out`, not sent. The RST that answers a SYN-ACK is Template::tcp_rst. Pure functions, any thread.
#pragma once

#include "base/bytes.h"
#include "wire/arp.h"
#include "wire/frame_view.h"
#include "wire/link_shape.h"
#include "wire/ndp.h"

namespace portolan::wire {

inline constexpr size_t kMaxReply = 90;  // Ethernet, tag, IPv6, advertisement with option

// "request.target() is at link.source", to the one who asked (RFC 826). Returns the frame's length.
// REQUIRES: out.size() >= kMaxReply, link is Ethernet.
size_t arp_reply(const LinkShape& link, const ArpView& request, base::MutableBytes out);

// The same for `solicitation`, which came in `frame` (RFC 4861, 7.2.4): solicited and overriding, to its source; to all
// nodes, and not solicited, when the source is unspecified (a host that checks whether the address is free).
// REQUIRES: as above; frame.icmpv6() is a checked neighbor solicitation.
size_t neighbor_advertisement(const LinkShape& link, const FrameView& frame, const NeighborView& solicitation,
                              base::MutableBytes out);

}  // namespace portolan::wire
