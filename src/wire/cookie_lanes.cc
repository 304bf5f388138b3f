// SPDX-License-Identifier: Apache-2.0
#include "wire/cookie_lanes.h"

namespace portolan::wire {
namespace {

using internal::SipRow;

// The same steps as base::siphash, on as many hashes as V has lanes.
template <class V>
struct Lanes {
  V v0, v1, v2, v3;

  template <int bits>
  [[gnu::always_inline]] static void rotate(V& x) {
    x = (x << bits) | (x >> (64 - bits));
  }
  [[gnu::always_inline]] void round() {
    v0 += v1, rotate<13>(v1), v1 ^= v0, rotate<32>(v0);
    v2 += v3, rotate<16>(v3), v3 ^= v2;
    v0 += v3, rotate<21>(v3), v3 ^= v0;
    v2 += v1, rotate<17>(v1), v1 ^= v2, rotate<32>(v2);
  }
  [[gnu::always_inline]] void absorb(const V& m) {
    v3 ^= m;
    round(), round();
    v0 ^= m;
  }
};

template <class V>
[[gnu::always_inline]] inline void hash_lanes(const base::SipState& scalar, std::span<const SipRow> rows, size_t count,
                                              base::Column& out) {
  Lanes<V> start;
  base::splat(start.v0, scalar.v0), base::splat(start.v1, scalar.v1);
  base::splat(start.v2, scalar.v2), base::splat(start.v3, scalar.v3);
  V last;
  base::splat(last, 0xff);
  for (size_t at = 0; at < count; at += sizeof(V) / 8) {
    Lanes<V> s = start;
    for (const SipRow& row : rows) {
      V m, with;
      base::load(m, *row.words, at);
      base::splat(with, row.with);
      s.absorb(m | with);
    }
    s.v2 ^= last;
    s.round(), s.round(), s.round(), s.round();
    base::store(out, at, V(s.v0 ^ s.v1 ^ s.v2 ^ s.v3));
  }
}

void hash_plain(const base::SipState& start, std::span<const SipRow> rows, size_t count, base::Column& out) {
  hash_lanes<uint64_t>(start, rows, count, out);
}

#if defined(__x86_64__)
PORTOLAN_AVX2 void hash_avx2(const base::SipState& start, std::span<const SipRow> rows, size_t count,
                             base::Column& out) {
  hash_lanes<base::Lanes4>(start, rows, count, out);
}

PORTOLAN_AVX512 void hash_avx512(const base::SipState& start, std::span<const SipRow> rows, size_t count,
                                 base::Column& out) {
  hash_lanes<base::Lanes8>(start, rows, count, out);
}
#endif

}  // namespace

namespace internal {

void sip_rows(base::LaneCount lanes, const base::SipState& start, std::span<const SipRow> rows, size_t count,
              base::Column& out) {
#if defined(__x86_64__)
  if (lanes == base::LaneCount::kEight) return hash_avx512(start, rows, count, out);
  if (lanes == base::LaneCount::kFour) return hash_avx2(start, rows, count, out);
#endif
  hash_plain(start, rows, count, out);
}

}  // namespace internal
}  // namespace portolan::wire
