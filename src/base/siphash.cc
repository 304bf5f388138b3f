// SPDX-License-Identifier: Apache-2.0
#include "base/siphash.h"

#include <cstring>

#include "base/random.h"

namespace portolan::base {

SipKey SipKey::draw() { return {secure_random64(), secure_random64()}; }

uint64_t siphash_bytes(const SipKey& key, Bytes bytes) {
  SipState s{};
  sip_begin(&s, key.k0, key.k1);
  const uint64_t length = bytes.size();
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    uint64_t m;
    std::memcpy(&m, bytes.data(), 8);
    sip_absorb(&s, m);
  }
  uint64_t tail = 0;  // the last block holds up to 7 bytes, and the length on top
  for (size_t i = 0; i < bytes.size(); ++i) tail |= uint64_t{bytes[i]} << (8 * i);
  return sip_finish(&s, tail, length);
}

}  // namespace portolan::base
