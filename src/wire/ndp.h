// SPDX-License-Identifier: Apache-2.0
// Neighbor Discovery (RFC 4861): neighbor solicitations and advertisements. See wire.h for the contract.
//
// NeighborView::check applies the rules of sections 7.1.1 and 7.1.2 that the message itself can tell: hop limit 255,
// code 0, length, a target that is not multicast, options of nonzero length that end with the message. The checksum is
// ICMPv6's and is verified by FrameView.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"
#include "wire/icmpv6.h"

namespace portolan::wire {

namespace ndp_field {
inline constexpr size_t kFlags = 4;
inline constexpr size_t kTarget = 8;
inline constexpr size_t kOptions = 24;  // and the size without options
inline constexpr size_t kOptionType = 0;
inline constexpr size_t kOptionLength = 1;  // in units of 8 bytes, all counted
inline constexpr size_t kOptionValue = 2;
inline constexpr uint8_t kRouter = 0x80;
inline constexpr uint8_t kSolicited = 0x40;
inline constexpr uint8_t kOverride = 0x20;
inline constexpr uint8_t kSourceLinkOption = 1;
inline constexpr uint8_t kTargetLinkOption = 2;
inline constexpr uint8_t kHopLimit = 255;
}  // namespace ndp_field

// The link-layer option says the source's MAC in a solicitation and the target's in an advertisement.
struct NeighborSolicitation {
  addr::IpAddress target{};
  std::optional<addr::MacAddress> source_mac{};

  bool operator==(const NeighborSolicitation&) const = default;
};
struct NeighborAdvertisement {
  addr::IpAddress target{};
  std::optional<addr::MacAddress> target_mac{};
  bool router = false;
  bool solicited = false;
  bool overrides = false;  // the "override" flag

  bool operator==(const NeighborAdvertisement&) const = default;
};

class NeighborView {
 public:
  // `message` begins at the ICMPv6 type; `hop_limit` is that of the IPv6 header it came in.
  static tl::expected<NeighborView, Drop> check(base::Bytes message, uint8_t hop_limit);

  bool is_solicitation() const { return message_[icmpv6_field::kType] == icmpv6_type::kNeighborSolicitation; }
  bool is_advertisement() const { return !is_solicitation(); }
  addr::IpAddress target() const { return addr::IpAddress::from_v6_bytes(&message_[ndp_field::kTarget]); }
  // The first source (target) link-layer address option, for a solicitation (an advertisement).
  std::optional<addr::MacAddress> link_address() const;
  bool router() const { return flag(ndp_field::kRouter); }        // advertisements
  bool solicited() const { return flag(ndp_field::kSolicited); }  // advertisements
  bool overrides() const { return flag(ndp_field::kOverride); }   // advertisements
  // REQUIRES: is_solicitation(), is_advertisement().
  NeighborSolicitation solicitation() const { return {target(), link_address()}; }
  NeighborAdvertisement advertisement() const { return {target(), link_address(), router(), solicited(), overrides()}; }

 private:
  explicit NeighborView(base::Bytes message) : message_(message) {}
  bool flag(uint8_t mask) const { return (message_[ndp_field::kFlags] & mask) != 0; }
  base::Bytes message_;
};

constexpr size_t size_of(const NeighborSolicitation& v) { return ndp_field::kOptions + (v.source_mac ? 8 : 0); }
constexpr size_t size_of(const NeighborAdvertisement& v) { return ndp_field::kOptions + (v.target_mac ? 8 : 0); }

// These write the whole ICMPv6 message with its checksum; send it with hop limit 255.
void emit(const NeighborSolicitation& v, const Endpoints& ends, base::MutableBytes out);
void emit(const NeighborAdvertisement& v, const Endpoints& ends, base::MutableBytes out);

// ff02::1:ffXX:XXXX of an address (RFC 4291, 2.7.1).
constexpr addr::IpAddress solicited_node(const addr::IpAddress& target) {
  return addr::IpAddress::v6(base::make_u128(0xff02'0000'0000'0000, 0x0000'0001'ff00'0000 | (target.lo() & 0xffffff)));
}

// 33:33:XX:XX:XX:XX of an IPv6 multicast address (RFC 2464, 7).
constexpr addr::MacAddress multicast_mac(const addr::IpAddress& group) {
  const uint64_t low = group.lo();
  return {{0x33, 0x33, uint8_t(low >> 24), uint8_t(low >> 16), uint8_t(low >> 8), uint8_t(low)}};
}

}  // namespace portolan::wire
