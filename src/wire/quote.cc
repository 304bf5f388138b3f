// SPDX-License-Identifier: Apache-2.0
#include "wire/quote.h"

#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/sctp.h"

namespace portolan::wire {

tl::expected<QuotedProbe, Drop> QuotedProbe::check(base::Bytes quoted, addr::Family family) {
  return family == addr::Family::kIpv4 ? check_ipv4(quoted) : check_ipv6(quoted);
}

tl::expected<QuotedProbe, Drop> QuotedProbe::check_ipv4(base::Bytes quoted) {
  if (quoted.size() < ipv4_field::kMinSize + kTransportMin) return tl::unexpected(Drop::kTruncatedQuote);
  if (quoted[ipv4_field::kVersionIhl] >> 4 != 4) return tl::unexpected(Drop::kQuoteVersion);
  const size_t header = size_t{quoted[ipv4_field::kVersionIhl] & 0x0fu} * 4;
  if (header < ipv4_field::kMinSize) return tl::unexpected(Drop::kQuoteHeaderLength);
  if (quoted.size() < header + kTransportMin) return tl::unexpected(Drop::kTruncatedQuote);
  if ((base::load_be16(&quoted[ipv4_field::kFlagsOffset]) & ipv4_field::kOffsetMask) != 0) {
    return tl::unexpected(Drop::kQuoteFragment);
  }
  QuotedProbe probe;
  probe.source_ = addr::IpAddress::from_v4_bytes(&quoted[ipv4_field::kSource]);
  probe.destination_ = addr::IpAddress::from_v4_bytes(&quoted[ipv4_field::kDestination]);
  probe.transport_ = quoted.subspan(header);
  probe.id_ = base::load_be16(&quoted[ipv4_field::kIdentification]);
  probe.protocol_ = quoted[ipv4_field::kProtocol];
  return probe;
}

tl::expected<QuotedProbe, Drop> QuotedProbe::check_ipv6(base::Bytes quoted) {
  if (quoted.size() < ipv6_field::kSize + kTransportMin) return tl::unexpected(Drop::kTruncatedQuote);
  if (quoted[ipv6_field::kVersionClassFlow] >> 4 != 6) return tl::unexpected(Drop::kQuoteVersion);
  QuotedProbe probe;
  probe.source_ = addr::IpAddress::from_v6_bytes(&quoted[ipv6_field::kSource]);
  probe.destination_ = addr::IpAddress::from_v6_bytes(&quoted[ipv6_field::kDestination]);
  if (probe.source_.is_v4() || probe.destination_.is_v4()) return tl::unexpected(Drop::kQuoteMappedAddress);
  const base::Bytes behind = quoted.subspan(ipv6_field::kSize);
  const auto upper = walk_ipv6_extensions(quoted[ipv6_field::kNextHeader], behind);
  if (!upper) return tl::unexpected(Drop::kQuoteExtensions);
  if (upper->is_fragment) return tl::unexpected(Drop::kQuoteFragment);
  probe.transport_ = behind.subspan(upper->offset);
  if (probe.transport_.size() < kTransportMin) return tl::unexpected(Drop::kTruncatedQuote);
  probe.id_ = base::load_be32(&quoted[ipv6_field::kVersionClassFlow]) & ipv6_field::kFlowMask;
  probe.protocol_ = upper->protocol;
  return probe;
}

std::optional<uint32_t> QuotedProbe::sctp_initiate_tag() const {
  constexpr size_t kTagAt = sctp_field::kSize + sctp_field::kInitiateTag;
  if (transport_.size() < kTagAt + 4 || transport_[sctp_field::kSize] != sctp_chunk::kInit) return std::nullopt;
  return base::load_be32(&transport_[kTagAt]);
}

}  // namespace portolan::wire
