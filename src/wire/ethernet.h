// SPDX-License-Identifier: Apache-2.0
// Ethernet II header (IEEE 802.3 clause 3, with a type field). Without preamble and FCS. See wire.h for the contract.
#pragma once

#include <tl/expected.hpp>

#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/drop.h"

namespace portolan::wire {

namespace ethernet_field {
inline constexpr size_t kDestination = 0;
inline constexpr size_t kSource = 6;
inline constexpr size_t kType = 12;
inline constexpr size_t kSize = 14;
}  // namespace ethernet_field

// IEEE 802 numbers.
namespace ether_type {
inline constexpr uint16_t kIpv4 = 0x0800;
inline constexpr uint16_t kArp = 0x0806;
inline constexpr uint16_t kVlan = 0x8100;
inline constexpr uint16_t kIpv6 = 0x86dd;
}  // namespace ether_type

struct Ethernet {
  addr::MacAddress destination{};
  addr::MacAddress source{};
  uint16_t type = 0;  // of what follows

  bool operator==(const Ethernet&) const = default;
};

class EthernetView {
 public:
  static tl::expected<EthernetView, Drop> check(base::Bytes frame) {
    if (frame.size() < ethernet_field::kSize) return tl::unexpected(Drop::kTruncatedEthernet);
    return EthernetView(frame);
  }

  addr::MacAddress destination() const { return addr::MacAddress::from_bytes(&frame_[ethernet_field::kDestination]); }
  addr::MacAddress source() const { return addr::MacAddress::from_bytes(&frame_[ethernet_field::kSource]); }
  uint16_t type() const { return base::load_be16(&frame_[ethernet_field::kType]); }
  base::Bytes payload() const { return frame_.subspan(ethernet_field::kSize); }  // trailing padding included
  Ethernet value() const { return {destination(), source(), type()}; }

 private:
  explicit EthernetView(base::Bytes frame) : frame_(frame) {}
  base::Bytes frame_;
};

constexpr size_t size_of(const Ethernet&) { return ethernet_field::kSize; }

inline void emit(const Ethernet& v, base::MutableBytes out) {
  v.destination.store(&out[ethernet_field::kDestination]);
  v.source.store(&out[ethernet_field::kSource]);
  base::store_be16(&out[ethernet_field::kType], v.type);
}

}  // namespace portolan::wire
