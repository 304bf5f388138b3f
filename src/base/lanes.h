// SPDX-License-Identifier: Apache-2.0
// Lanes: several 64-bit words in one register, as the compilers' own vector types, so that one source serves plain
// words, AVX2 and AVX-512.
//
// A loop over columns (column.h) is written once as an always-inline template over the word type V, with + - & | ^ <<
// >> and the three functions below, and instantiated in three functions, two of which carry a target attribute; which
// one runs is found at run time (widest_lanes()). V is passed by reference: by value it would change the calling
// convention. Files named *_avx512.cc need more than that, gathers and 32-bit products: they are for the second half of
// this header, have a plain twin, and run only where has_avx512(). Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/column.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace portolan::base {

enum class LaneCount : uint8_t { kOne, kFour, kEight };

inline bool is_supported(LaneCount lanes) {
#if defined(__x86_64__)
  if (lanes == LaneCount::kFour) return __builtin_cpu_supports("avx2") != 0;
  if (lanes == LaneCount::kEight) return __builtin_cpu_supports("avx512f") != 0;
#endif
  return lanes == LaneCount::kOne;
}

inline LaneCount widest_lanes() {
  if (is_supported(LaneCount::kEight)) return LaneCount::kEight;
  return is_supported(LaneCount::kFour) ? LaneCount::kFour : LaneCount::kOne;
}

// The same number in all lanes. By memory, because g++ 12 makes a masked move per lane of V{} + x.
template <class V>
[[gnu::always_inline]] inline void splat(V& lanes, uint64_t x) {
  std::array<uint64_t, sizeof(V) / 8> copies;
  copies.fill(x);
  std::memcpy(&lanes, copies.data(), sizeof lanes);
}
template <class V>
[[gnu::always_inline]] inline void load(V& lanes, const Column& from, size_t at) {
  std::memcpy(&lanes, from.data() + at, sizeof lanes);
}
template <class V>
[[gnu::always_inline]] inline void store(Column& to, size_t at, const V& lanes) {
  std::memcpy(to.data() + at, &lanes, sizeof lanes);
}

#if defined(__x86_64__)
#define PORTOLAN_AVX2 __attribute__((target("avx2")))
#define PORTOLAN_AVX512 __attribute__((target("avx512f")))

typedef uint64_t Lanes4 __attribute__((vector_size(32)));
typedef uint64_t Lanes8 __attribute__((vector_size(64)));
using Mask8 = __mmask8;  // a bit a lane
inline constexpr size_t kLanes8 = 8;

inline bool has_avx512() { return is_supported(LaneCount::kEight); }

// For *_avx512.cc. Intrinsics only where the operators have no word for it: g++ 12 warns of some of the others.
PORTOLAN_AVX512 inline __m512i raw(Lanes8 v) { return reinterpret_cast<__m512i>(v); }
PORTOLAN_AVX512 inline Lanes8 lanes(__m512i v) { return reinterpret_cast<Lanes8>(v); }

PORTOLAN_AVX512 inline Lanes8 splat8(uint64_t v) { return lanes(_mm512_set1_epi64(static_cast<int64_t>(v))); }
PORTOLAN_AVX512 inline Lanes8 load8(const uint64_t* from) {
  Lanes8 v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
PORTOLAN_AVX512 inline void store8(uint64_t* to, Lanes8 v) { std::memcpy(to, &v, sizeof v); }

// The product of the lower halves.
PORTOLAN_AVX512 inline Lanes8 multiply(Lanes8 a, Lanes8 b) {
  return lanes(_mm512_maskz_mul_epu32(0xff, raw(a), raw(b)));
}
PORTOLAN_AVX512 inline Lanes8 smaller(Lanes8 a, Lanes8 b) {
  return lanes(_mm512_maskz_min_epu64(0xff, raw(a), raw(b)));
}
PORTOLAN_AVX512 inline Mask8 is_above(Lanes8 a, Lanes8 b) { return _mm512_cmpgt_epu64_mask(raw(a), raw(b)); }
PORTOLAN_AVX512 inline Lanes8 choose(Mask8 mask, Lanes8 yes, Lanes8 no) {
  return lanes(_mm512_mask_blend_epi64(mask, raw(no), raw(yes)));
}

// The 8 bytes at table + kStep * at, in the lanes of the mask; zeros in the others, where nothing is read.
template <int kStep>
PORTOLAN_AVX512 inline Lanes8 gather(Mask8 mask, const void* table, Lanes8 at) {
  return lanes(_mm512_mask_i64gather_epi64(raw(Lanes8{}), mask, raw(at), table, kStep));
}
#endif

}  // namespace portolan::base
