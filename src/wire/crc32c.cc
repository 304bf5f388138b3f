// SPDX-License-Identifier: Apache-2.0
#include "wire/crc32c.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace portolan::wire {

namespace {

constexpr std::array<uint32_t, 256> make_table() {
  constexpr uint32_t kReversedPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReversedPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t step_sse42(uint32_t state, base::Bytes bytes) {
  const uint8_t* p = bytes.data();
  size_t n = bytes.size();
  uint64_t wide = state;
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    wide = _mm_crc32_u64(wide, v);
  }
  uint32_t crc = static_cast<uint32_t>(wide);
  for (; n != 0; ++p, --n) crc = _mm_crc32_u8(crc, *p);
  return crc;
}
#endif

using Step = uint32_t (*)(uint32_t, base::Bytes);

Step choose_step() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return step_sse42;
#endif
  return crc32c_step_table;
}

}  // namespace

uint32_t crc32c_step_table(uint32_t state, base::Bytes bytes) {
  for (const uint8_t byte : bytes) state = (state >> 8) ^ kTable[(state ^ byte) & 0xff];
  return state;
}

uint32_t crc32c_step(uint32_t state, base::Bytes bytes) {
  static const Step step = choose_step();
  return step(state, bytes);
}

}  // namespace portolan::wire
