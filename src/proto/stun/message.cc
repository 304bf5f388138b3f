// SPDX-License-Identifier: Apache-2.0
#include "proto/stun/message.h"

#include <algorithm>

#include "base/cursor.h"
#include "proto/text.h"

namespace portolan::proto::stun {

namespace {

// Those of RFC 8489, 8445, 5780 and 3489 that a binding request may bring and that change nothing in its answer.
constexpr std::array<uint16_t, 15> kHarmless = {0x0002, 0x0006, 0x0007, 0x0008, 0x0014, 0x0015, 0x0017, 0x001c,
                                                0x001d, 0x001e, 0x0024, 0x0025, 0x0026, 0x0027, 0x000b};

void take_change_request(base::Bytes value, Binding& out) {
  if (value.size() != 4) {
    out.well_formed = false;
    return;
  }
  out.change_address = (value[3] & 4) != 0;
  out.change_port = (value[3] & 2) != 0;
}

void take_attribute(uint16_t type, base::Bytes value, Binding& out) {
  if (type == attribute::kChangeRequest) return take_change_request(value, out);
  if (type == attribute::kFingerprint) out.fingerprint = true;
  if (type == attribute::kSoftware) out.software = text_of(value);
  if (type == attribute::kUsername) out.username = text_of(value);
  if (type >= attribute::kFirstOptional) return;
  if (std::find(kHarmless.begin(), kHarmless.end(), type) != kHarmless.end()) return;
  if (out.unknown_count < out.unknown.size()) out.unknown[out.unknown_count++] = type;
}

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrc = crc_table();

}  // namespace

Binding parse_binding(base::Bytes message) {
  Binding binding;
  binding.classic = base::load_be32(&message[4]) != kCookie;
  binding.transaction = message.subspan(4, 16);
  base::Reader reader(message.subspan(kHeader, base::load_be16(&message[2])));
  while (reader.left() != 0) {
    const uint16_t type = reader.be16();
    const uint16_t length = reader.be16();
    const base::Bytes value = reader.take(length);
    reader.skip(-size_t{length} & 3);
    if (!reader.ok()) {
      binding.well_formed = false;
      return binding;
    }
    take_attribute(type, value, binding);
  }
  return binding;
}

uint32_t fingerprint_of(base::Bytes message) {
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : message) crc = crc >> 8 ^ kCrc[(crc ^ byte) & 0xff];
  return ~crc ^ 0x5354554e;
}

}  // namespace portolan::proto::stun
