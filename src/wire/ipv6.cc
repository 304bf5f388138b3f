// SPDX-License-Identifier: Apache-2.0
#include "wire/ipv6.h"

namespace portolan::wire {

tl::expected<Ipv6UpperLayer, Drop> walk_ipv6_extensions(uint8_t next, base::Bytes payload) {
  size_t at = 0;
  for (int seen = 0; is_ipv6_extension(next); ++seen) {
    if (next == ip_protocol::kHopByHop && seen != 0) return tl::unexpected(Drop::kIpv6ExtensionOrder);
    if (seen == kMaxIpv6Extensions) return tl::unexpected(Drop::kIpv6ExtensionTooMany);
    const base::Bytes rest = payload.subspan(at);
    if (rest.size() < ipv6_field::kFragmentSize) return tl::unexpected(Drop::kIpv6ExtensionTruncated);
    size_t length = ipv6_field::kFragmentSize;
    if (next == ip_protocol::kFragment) {
      constexpr uint16_t kOffsetAndMore = 0xfff9;
      if ((base::load_be16(&rest[ipv6_field::kFragmentOffset]) & kOffsetAndMore) != 0) {
        return Ipv6UpperLayer{rest[ipv6_field::kExtensionNext], static_cast<uint16_t>(at + length), true};
      }
    } else {
      length += size_t{rest[ipv6_field::kExtensionLength]} * 8;
      if (length > rest.size()) return tl::unexpected(Drop::kIpv6ExtensionTruncated);
    }
    next = rest[ipv6_field::kExtensionNext];
    at += length;
  }
  return Ipv6UpperLayer{next, static_cast<uint16_t>(at), false};
}

}  // namespace portolan::wire
