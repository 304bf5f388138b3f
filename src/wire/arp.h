// SPDX-License-Identifier: Apache-2.0
// ARP for IPv4 over Ethernet (RFC 826). See wire.h for the contract.
#pragma once

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/drop.h"
#include "wire/ethernet.h"

namespace portolan::wire {

namespace arp_field {
inline constexpr size_t kHardwareType = 0;
inline constexpr size_t kProtocolType = 2;
inline constexpr size_t kHardwareLength = 4;
inline constexpr size_t kProtocolLength = 5;
inline constexpr size_t kOperation = 6;
inline constexpr size_t kSenderHardware = 8;
inline constexpr size_t kSenderProtocol = 14;
inline constexpr size_t kTargetHardware = 18;
inline constexpr size_t kTargetProtocol = 24;
inline constexpr size_t kSize = 28;
inline constexpr uint64_t kEthernetIpv4 = 0x000108000604;  // the first six bytes, always
}  // namespace arp_field

namespace arp_operation {
inline constexpr uint16_t kRequest = 1;
inline constexpr uint16_t kReply = 2;
}  // namespace arp_operation

struct Arp {
  uint16_t operation = arp_operation::kRequest;
  addr::MacAddress sender_mac{};
  addr::IpAddress sender = addr::IpAddress::v4(0);  // IPv4
  addr::MacAddress target_mac{};
  addr::IpAddress target = addr::IpAddress::v4(0);  // IPv4

  bool operator==(const Arp&) const = default;
};

class ArpView {
 public:
  static tl::expected<ArpView, Drop> check(base::Bytes bytes) {
    if (bytes.size() < arp_field::kSize) return tl::unexpected(Drop::kTruncatedArp);
    if (base::load_be64(bytes.data()) >> 16 != arp_field::kEthernetIpv4) return tl::unexpected(Drop::kArpAddressTypes);
    return ArpView(bytes.first(arp_field::kSize));
  }

  uint16_t operation() const { return base::load_be16(&bytes_[arp_field::kOperation]); }
  bool is_request() const { return operation() == arp_operation::kRequest; }
  bool is_reply() const { return operation() == arp_operation::kReply; }
  addr::MacAddress sender_mac() const { return addr::MacAddress::from_bytes(&bytes_[arp_field::kSenderHardware]); }
  addr::IpAddress sender() const { return addr::IpAddress::from_v4_bytes(&bytes_[arp_field::kSenderProtocol]); }
  addr::MacAddress target_mac() const { return addr::MacAddress::from_bytes(&bytes_[arp_field::kTargetHardware]); }
  addr::IpAddress target() const { return addr::IpAddress::from_v4_bytes(&bytes_[arp_field::kTargetProtocol]); }
  Arp value() const { return {operation(), sender_mac(), sender(), target_mac(), target()}; }

 private:
  friend class FrameView;
  explicit ArpView(base::Bytes bytes) : bytes_(bytes) {}
  base::Bytes bytes_;
};

constexpr size_t size_of(const Arp&) { return arp_field::kSize; }

// REQUIRES: both protocol addresses are IPv4.
inline void emit(const Arp& v, base::MutableBytes out) {
  base::store_be64(out.data(), arp_field::kEthernetIpv4 << 16 | v.operation);
  v.sender_mac.store(&out[arp_field::kSenderHardware]);
  v.sender.store_v4(&out[arp_field::kSenderProtocol]);
  v.target_mac.store(&out[arp_field::kTargetHardware]);
  v.target.store_v4(&out[arp_field::kTargetProtocol]);
}

}  // namespace portolan::wire
