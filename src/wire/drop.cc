// SPDX-License-Identifier: Apache-2.0
#include "wire/drop.h"

namespace portolan::wire {

std::string_view counter_name(Drop drop) {
  switch (drop) {
    case Drop::kTruncatedEthernet:
      return "ethernet-truncated";
    case Drop::kTruncatedVlan:
      return "vlan-truncated";
    case Drop::kUnknownEtherType:
      return "ether-type-unknown";
    case Drop::kUnknownIpVersion:
      return "ip-version-unknown";
    case Drop::kTruncatedArp:
      return "arp-truncated";
    case Drop::kArpAddressTypes:
      return "arp-address-types";
    case Drop::kTruncatedIpv4:
      return "ipv4-truncated";
    case Drop::kIpv4Version:
      return "ipv4-version";
    case Drop::kIpv4HeaderLength:
      return "ipv4-header-length";
    case Drop::kIpv4TotalLength:
      return "ipv4-total-length";
    case Drop::kIpv4Checksum:
      return "ipv4-checksum";
    case Drop::kIpv4Fragment:
      return "ipv4-fragment";
    case Drop::kTruncatedIpv6:
      return "ipv6-truncated";
    case Drop::kIpv6Version:
      return "ipv6-version";
    case Drop::kIpv6PayloadLength:
      return "ipv6-payload-length";
    case Drop::kIpv6MappedAddress:
      return "ipv6-mapped-address";
    case Drop::kIpv6ExtensionTruncated:
      return "ipv6-extension-truncated";
    case Drop::kIpv6ExtensionTooMany:
      return "ipv6-extension-too-many";
    case Drop::kIpv6ExtensionOrder:
      return "ipv6-extension-order";
    case Drop::kIpv6Fragment:
      return "ipv6-fragment";
    case Drop::kTruncatedTcp:
      return "tcp-truncated";
    case Drop::kTcpDataOffset:
      return "tcp-data-offset";
    case Drop::kTcpChecksum:
      return "tcp-checksum";
    case Drop::kTruncatedUdp:
      return "udp-truncated";
    case Drop::kUdpLength:
      return "udp-length";
    case Drop::kUdpChecksum:
      return "udp-checksum";
    case Drop::kUdpNoChecksum:
      return "udp-no-checksum";
    case Drop::kTruncatedSctp:
      return "sctp-truncated";
    case Drop::kSctpChunkLength:
      return "sctp-chunk-length";
    case Drop::kSctpChecksum:
      return "sctp-checksum";
    case Drop::kTruncatedIcmpv4:
      return "icmpv4-truncated";
    case Drop::kIcmpv4Checksum:
      return "icmpv4-checksum";
    case Drop::kTruncatedIcmpv6:
      return "icmpv6-truncated";
    case Drop::kIcmpv6Checksum:
      return "icmpv6-checksum";
    case Drop::kNdpType:
      return "ndp-type";
    case Drop::kTruncatedNdp:
      return "ndp-truncated";
    case Drop::kNdpHopLimit:
      return "ndp-hop-limit";
    case Drop::kNdpCode:
      return "ndp-code";
    case Drop::kNdpTarget:
      return "ndp-target";
    case Drop::kNdpOptionLength:
      return "ndp-option-length";
    case Drop::kTruncatedQuote:
      return "quote-truncated";
    case Drop::kQuoteVersion:
      return "quote-version";
    case Drop::kQuoteHeaderLength:
      return "quote-header-length";
    case Drop::kQuoteFragment:
      return "quote-fragment";
    case Drop::kQuoteExtensions:
      return "quote-extensions";
    case Drop::kQuoteMappedAddress:
      return "quote-mapped-address";
    case Drop::kCount:
      break;
  }
  return "unknown";
}

}  // namespace portolan::wire
