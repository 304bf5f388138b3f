// SPDX-License-Identifier: Apache-2.0
// One 802.1Q tag (IEEE 802.1Q-2018, 9.6): the four bytes from its control information to the type of what follows,
// that is, what stands behind EtherType 0x8100. Stacked tags are refused by FrameView. See wire.h for the contract.
#pragma once

#include <tl/expected.hpp>

#include "base/bytes.h"
#include "wire/drop.h"

namespace portolan::wire {

namespace vlan_field {
inline constexpr size_t kControl = 0;  // priority 3 bits, drop eligible 1, identifier 12
inline constexpr size_t kType = 2;
inline constexpr size_t kSize = 4;
}  // namespace vlan_field

struct Vlan {
  uint16_t id = 0;       // 12 bits; 0 carries only a priority
  uint8_t priority = 0;  // 3 bits
  bool drop_eligible = false;
  uint16_t type = 0;  // EtherType of what follows

  bool operator==(const Vlan&) const = default;
};

class VlanView {
 public:
  static tl::expected<VlanView, Drop> check(base::Bytes bytes) {
    if (bytes.size() < vlan_field::kSize) return tl::unexpected(Drop::kTruncatedVlan);
    return VlanView(bytes);
  }

  uint16_t id() const { return control() & 0x0fff; }
  uint8_t priority() const { return static_cast<uint8_t>(control() >> 13); }
  bool drop_eligible() const { return (control() & 0x1000) != 0; }
  uint16_t type() const { return base::load_be16(&bytes_[vlan_field::kType]); }
  base::Bytes payload() const { return bytes_.subspan(vlan_field::kSize); }
  Vlan value() const { return {id(), priority(), drop_eligible(), type()}; }

 private:
  explicit VlanView(base::Bytes bytes) : bytes_(bytes) {}
  uint16_t control() const { return base::load_be16(&bytes_[vlan_field::kControl]); }
  base::Bytes bytes_;
};

constexpr size_t size_of(const Vlan&) { return vlan_field::kSize; }

inline void emit(const Vlan& v, base::MutableBytes out) {
  const uint32_t control = uint32_t{v.priority & 7u} << 13 | (v.drop_eligible ? 0x1000u : 0u) | (v.id & 0x0fffu);
  base::store_be16(&out[vlan_field::kControl], static_cast<uint16_t>(control));
  base::store_be16(&out[vlan_field::kType], v.type);
}

}  // namespace portolan::wire
