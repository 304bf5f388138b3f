// SPDX-License-Identifier: Apache-2.0
// Drop: why the wire refused some bytes. A closed list; every refusal of every view is exactly one of these.
//
// Each reason is a counter (base::Counters<Drop>), so a frame that surprises us is never gone without a trace. The
// names are stable: they are printed in summaries and written to result files. The numbers are not written anywhere.
// Values and pure functions: any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace portolan::wire {

enum class Drop : uint8_t {
  // Link
  kTruncatedEthernet,  // shorter than an Ethernet header
  kTruncatedVlan,      // an 802.1Q tag that the frame ends in
  kUnknownEtherType,   // neither ARP, IPv4 nor IPv6 (nor one tag before them)
  kUnknownIpVersion,   // raw IP link: the first nibble is neither 4 nor 6, or there is no byte
  // ARP (RFC 826)
  kTruncatedArp,
  kArpAddressTypes,  // not Ethernet and IPv4, or their lengths are wrong
  // IPv4 (RFC 791)
  kTruncatedIpv4,     // shorter than 20 bytes
  kIpv4Version,       // EtherType says IPv4, the header does not
  kIpv4HeaderLength,  // IHL below 5, or above the total length
  kIpv4TotalLength,   // total length above what was captured
  kIpv4Checksum,
  kIpv4Fragment,  // part of a datagram; we do not reassemble
  // IPv6 (RFC 8200)
  kTruncatedIpv6,           // shorter than 40 bytes
  kIpv6Version,             // EtherType says IPv6, the header does not
  kIpv6PayloadLength,       // payload length above what was captured
  kIpv6MappedAddress,       // ::ffff:0:0/96 may not appear on a wire
  kIpv6ExtensionTruncated,  // an extension header that runs past the payload
  kIpv6ExtensionTooMany,    // more than kMaxIpv6Extensions
  kIpv6ExtensionOrder,      // hop-by-hop options elsewhere than first
  kIpv6Fragment,            // part of a packet (not an atomic fragment, RFC 6946)
  // TCP (RFC 9293)
  kTruncatedTcp,
  kTcpDataOffset,  // below 5, or past the end of the segment
  kTcpChecksum,
  // UDP (RFC 768, RFC 8200 8.1)
  kTruncatedUdp,
  kUdpLength,  // below 8, or above the IP payload
  kUdpChecksum,
  kUdpNoChecksum,  // zero over IPv6
  // SCTP (RFC 9260)
  kTruncatedSctp,
  kSctpChunkLength,  // below 4, past the end, or too short for the chunk's type
  kSctpChecksum,
  // ICMP (RFC 792), ICMPv6 (RFC 4443)
  kTruncatedIcmpv4,
  kIcmpv4Checksum,
  kTruncatedIcmpv6,
  kIcmpv6Checksum,
  // Neighbor Discovery (RFC 4861)
  kNdpType,  // neither a neighbor solicitation nor an advertisement
  kTruncatedNdp,
  kNdpHopLimit,      // not 255: it has been forwarded, so it was not sent on this link
  kNdpCode,          // not 0
  kNdpTarget,        // the target is a multicast address
  kNdpOptionLength,  // an option of length 0, or one that runs past the end
  // Packets quoted inside ICMP errors
  kTruncatedQuote,      // not even the IP header and 8 bytes behind it
  kQuoteVersion,        // another IP version than that of the error
  kQuoteHeaderLength,   // IHL below 5
  kQuoteFragment,       // a later fragment: the 8 bytes are not a transport header
  kQuoteExtensions,     // extension headers that hide the transport header
  kQuoteMappedAddress,  // ::ffff:0:0/96
  kCount,
};

// The stable spelling, protocol first, e.g. "ipv4-header-length".
std::string_view counter_name(Drop drop);

}  // namespace portolan::wire
