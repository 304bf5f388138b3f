// SPDX-License-Identifier: Apache-2.0
#include "base/siphash.h"

#include <cstring>

#include "base/random.h"

namespace portolan::base {

SipKey SipKey::draw() { return {secure_random64(), secure_random64()}; }

uint64_t siphash_bytes(const SipKey& key, Bytes bytes) {
  siphash_internal::State s(key);
  const uint64_t length = bytes.size();
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    uint64_t m;
    std::memcpy(&m, bytes.data(), 8);
    s.absorb(m);
  }
  uint64_t last = length << 56;
  for (size_t i = 0; i < bytes.size(); ++i) last |= uint64_t{bytes[i]} << (8 * i);
  s.absorb(last);
  return s.finish();
}

}  // namespace portolan::base
