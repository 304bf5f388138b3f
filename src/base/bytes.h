// SPDX-License-Identifier: Apache-2.0
// Bytes and big-endian (network order) integers.
//
// Loads and stores go through memcpy, so any alignment is fine and no aliasing rule is bent. Nothing here checks
// bounds: use base::Reader and base::Writer (cursor.h), or check a length once and then load.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace portolan::base {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

static_assert(std::endian::native == std::endian::little, "the byte swaps below assume a little-endian machine");

constexpr uint16_t to_be(uint16_t v) { return __builtin_bswap16(v); }
constexpr uint32_t to_be(uint32_t v) { return __builtin_bswap32(v); }
constexpr uint64_t to_be(uint64_t v) { return __builtin_bswap64(v); }

// REQUIRES: sizeof(T) readable bytes at p. T is uint16_t, uint32_t or uint64_t. The result is in host order.
template <class T>
inline T load_be(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return to_be(v);
}

// REQUIRES: sizeof(T) writable bytes at p. v is in host order.
template <class T>
inline void store_be(uint8_t* p, T v) {
  v = to_be(v);
  std::memcpy(p, &v, sizeof v);
}

inline uint16_t load_be16(const uint8_t* p) { return load_be<uint16_t>(p); }
inline uint32_t load_be32(const uint8_t* p) { return load_be<uint32_t>(p); }
inline uint64_t load_be64(const uint8_t* p) { return load_be<uint64_t>(p); }
inline void store_be16(uint8_t* p, uint16_t v) { store_be(p, v); }
inline void store_be32(uint8_t* p, uint32_t v) { store_be(p, v); }
inline void store_be64(uint8_t* p, uint64_t v) { store_be(p, v); }

// The same bytes as text, for those who print or compare them.
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace portolan::base
