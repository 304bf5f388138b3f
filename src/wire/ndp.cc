// SPDX-License-Identifier: Apache-2.0
#include "wire/ndp.h"

namespace portolan::wire {

namespace {

constexpr size_t kLinkOptionSize = 8;  // type, length, six bytes of MAC

bool options_are_whole(base::Bytes options) {
  while (!options.empty()) {
    if (options.size() < 8) return false;
    const size_t length = size_t{options[ndp_field::kOptionLength]} * 8;
    if (length == 0 || length > options.size()) return false;
    options = options.subspan(length);
  }
  return true;
}

void emit_message(uint8_t type, uint8_t flags, const addr::IpAddress& target, uint8_t option,
                  const std::optional<addr::MacAddress>& mac, const Endpoints& ends, base::MutableBytes out) {
  std::array<uint8_t, 16 + kLinkOptionSize> body{};
  target.store_v6(body.data());
  if (mac) {
    body[16 + ndp_field::kOptionType] = option;
    body[16 + ndp_field::kOptionLength] = 1;
    mac->store(&body[16 + ndp_field::kOptionValue]);
  }
  const base::Bytes payload = base::Bytes(body).first(mac ? body.size() : 16);
  emit(Icmpv6{.type = type, .code = 0, .rest = uint32_t{flags} << 24, .payload = payload}, ends, out);
}

}  // namespace

tl::expected<NeighborView, Drop> NeighborView::check(base::Bytes message, uint8_t hop_limit) {
  if (message.size() < icmpv6_field::kSize) return tl::unexpected(Drop::kTruncatedIcmpv6);
  const NeighborView view(message);
  const uint8_t type = message[icmpv6_field::kType];
  if (type != icmpv6_type::kNeighborSolicitation && type != icmpv6_type::kNeighborAdvertisement) {
    return tl::unexpected(Drop::kNdpType);
  }
  if (message.size() < ndp_field::kOptions) return tl::unexpected(Drop::kTruncatedNdp);
  if (hop_limit != ndp_field::kHopLimit) return tl::unexpected(Drop::kNdpHopLimit);
  if (message[icmpv6_field::kCode] != 0) return tl::unexpected(Drop::kNdpCode);
  if (message[ndp_field::kTarget] == 0xff || view.target().is_v4()) return tl::unexpected(Drop::kNdpTarget);
  if (!options_are_whole(message.subspan(ndp_field::kOptions))) return tl::unexpected(Drop::kNdpOptionLength);
  return view;
}

std::optional<addr::MacAddress> NeighborView::link_address() const {
  const uint8_t wanted = is_solicitation() ? ndp_field::kSourceLinkOption : ndp_field::kTargetLinkOption;
  base::Bytes options = message_.subspan(ndp_field::kOptions);
  while (!options.empty()) {
    const size_t length = size_t{options[ndp_field::kOptionLength]} * 8;
    if (options[ndp_field::kOptionType] == wanted && length == kLinkOptionSize) {
      return addr::MacAddress::from_bytes(&options[ndp_field::kOptionValue]);
    }
    options = options.subspan(length);
  }
  return std::nullopt;
}

void emit(const NeighborSolicitation& v, const Endpoints& ends, base::MutableBytes out) {
  emit_message(icmpv6_type::kNeighborSolicitation, 0, v.target, ndp_field::kSourceLinkOption, v.source_mac, ends, out);
}

void emit(const NeighborAdvertisement& v, const Endpoints& ends, base::MutableBytes out) {
  const uint32_t flags = (v.router ? ndp_field::kRouter : 0u) | (v.solicited ? ndp_field::kSolicited : 0u) |
                         (v.overrides ? ndp_field::kOverride : 0u);
  emit_message(icmpv6_type::kNeighborAdvertisement, static_cast<uint8_t>(flags), v.target, ndp_field::kTargetLinkOption,
               v.target_mac, ends, out);
}

}  // namespace portolan::wire
