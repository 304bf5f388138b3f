// SPDX-License-Identifier: Apache-2.0
// The contract of this folder, and the IP protocol numbers that its files share.
//
// One protocol is one header, and each has the same five words:
//
//   XView::check(bytes)   the only door to a view: tells a Drop, or gives a view whose accessors are all safe
//   X                     the value: what the packet means, in host order; an X that cannot be sent cannot be written
//   view.value()          the value that the bytes mean
//   size_of(x)            how many bytes emit will write
//   emit(x, ..., out)     writes them all, checksum included, into out
//   x_field::k...         the offsets of the fields, at the top of the file
//
// What makes access safe. check() bounds every length field against the bytes given, once. After it an accessor is a
// load. Where a field counts something inside (options, chunks, extension headers) check() has walked it, or the
// accessor hands out a reader that stops by itself.
//
// What ends it. A view borrows: it neither copies nor owns, and dies with the bytes. Writing into the bytes, or giving
// them back to the ring, ends every view on them. Spans that a view or value hands out live as long as the same bytes.
//
// What check() does not look at. Checksums: ask view.checksum_ok(...). Meaning: a view shows odd packets too (SYN and
// RST together), so that they can be counted and logged; only values are sane. FrameView (frame_view.h) does all of it
// for a received frame, in one pass.
//
// What emit requires. out.size() >= size_of(x); bytes past that are left alone. No checked view is taken of the old
// content of `out`: it may be anything. Spans inside the value may not lie in `out`.
//
// Threads: views and values may be read by any thread as long as nobody writes to the bytes. Nothing here allocates
// (but Template's factories), throws on received bytes, locks, or calls the system.
#pragma once

#include <cstdint>

namespace portolan::wire {

// IANA "Assigned Internet Protocol Numbers", those that we read or write.
namespace ip_protocol {
inline constexpr uint8_t kHopByHop = 0;
inline constexpr uint8_t kIcmpv4 = 1;
inline constexpr uint8_t kIgmp = 2;
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kRouting = 43;
inline constexpr uint8_t kFragment = 44;
inline constexpr uint8_t kIcmpv6 = 58;
inline constexpr uint8_t kNoNextHeader = 59;
inline constexpr uint8_t kDestinationOptions = 60;
inline constexpr uint8_t kSctp = 132;
}  // namespace ip_protocol

}  // namespace portolan::wire
