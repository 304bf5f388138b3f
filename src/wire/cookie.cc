// SPDX-License-Identifier: Apache-2.0
#include "wire/cookie.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace portolan::wire {

namespace {

constexpr size_t kBlock = 64;  // queries whose words are laid out before they are hashed
constexpr size_t kMaxWords = 5;
constexpr size_t kMaxLanes = 8;

// One row of a block per input word: words[w][query].
using Words = std::array<std::array<uint64_t, kBlock>, kMaxWords>;
using Hashes = std::array<uint64_t, kBlock>;
using HashBlock = void (*)(const base::SipKey&, const Words&, size_t word_count, size_t count, Hashes&);

// SipHash-2-4 on as many hashes as V has lanes; the same steps as base::siphash.
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

// The same number in all lanes. By memory, because g++ 12 makes a masked move per lane of V{} + x.
template <class V>
[[gnu::always_inline]] inline void splat(V& lanes, uint64_t x) {
  std::array<uint64_t, sizeof(V) / 8> copies;
  copies.fill(x);
  std::memcpy(&lanes, copies.data(), sizeof lanes);
}

template <class V>
[[gnu::always_inline]] inline void hash_lanes(const base::SipKey& key, const Words& words, size_t word_count,
                                              size_t count, Hashes& out) {
  base::SipState scalar{};
  base::sip_begin(&scalar, key.k0, key.k1);
  Lanes<V> start;
  splat(start.v0, scalar.v0), splat(start.v1, scalar.v1), splat(start.v2, scalar.v2), splat(start.v3, scalar.v3);
  V last;
  splat(last, 0xff);
  for (size_t at = 0; at < count; at += sizeof(V) / 8) {
    Lanes<V> s = start;
    for (size_t w = 0; w < word_count; ++w) {
      V m;
      std::memcpy(&m, &words[w][at], sizeof m);
      s.absorb(m);
    }
    s.v2 ^= last;
    s.round(), s.round(), s.round(), s.round();
    const V hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    std::memcpy(&out[at], &hash, sizeof hash);
  }
}

void hash_plain(const base::SipKey& key, const Words& words, size_t word_count, size_t count, Hashes& out) {
  hash_lanes<uint64_t>(key, words, word_count, count, out);
}

#if defined(__x86_64__)
typedef uint64_t Lanes4 __attribute__((vector_size(32)));
typedef uint64_t Lanes8 __attribute__((vector_size(64)));

__attribute__((target("avx2"))) void hash_avx2(const base::SipKey& key, const Words& words, size_t word_count,
                                               size_t count, Hashes& out) {
  hash_lanes<Lanes4>(key, words, word_count, count, out);
}

__attribute__((target("avx512f"))) void hash_avx512(const base::SipKey& key, const Words& words, size_t word_count,
                                                    size_t count, Hashes& out) {
  hash_lanes<Lanes8>(key, words, word_count, count, out);
}
#endif

HashBlock hash_of(CookieLanes lanes) {
#if defined(__x86_64__)
  if (lanes == CookieLanes::kEight) return hash_avx512;
  if (lanes == CookieLanes::kFour) return hash_avx2;
#endif
  return lanes == CookieLanes::kOne ? hash_plain : nullptr;
}

CookieLanes widest() {
  if (is_supported(CookieLanes::kEight)) return CookieLanes::kEight;
  return is_supported(CookieLanes::kFour) ? CookieLanes::kFour : CookieLanes::kOne;
}

bool is_v4(const CookieQuery& q) { return q.ours.is_v4() && q.theirs.is_v4(); }

// How many queries at the front are of the first one's family, a block at most.
size_t run_length(std::span<const CookieQuery> queries) {
  const size_t most = std::min(queries.size(), kBlock);
  size_t n = 1;
  while (n < most && is_v4(queries[n]) == is_v4(queries[0])) ++n;
  return n;
}

// The words of cookie(), the last with its length, laid out in rows, with zeros in the lanes past the last. Returns how
// many words there are.
size_t lay_out(std::span<const CookieQuery> run, Words& words) {
  const bool v4 = is_v4(run[0]);
  for (size_t i = 0; i < run.size(); ++i) {
    const CookieQuery& q = run[i];
    const uint64_t service = cookie_service(q.their_port, q.protocol_tag);
    if (v4) {
      words[0][i] = uint64_t{q.ours.v4_bits()} << 32 | q.theirs.v4_bits();
      words[1][i] = service | uint64_t{kCookieBytesV4} << 56;
    } else {
      words[0][i] = q.ours.hi(), words[1][i] = q.ours.lo();
      words[2][i] = q.theirs.hi(), words[3][i] = q.theirs.lo();
      words[4][i] = service | uint64_t{kCookieBytesV6} << 56;
    }
  }
  const size_t word_count = v4 ? 2 : 5;
  const size_t whole = (run.size() + kMaxLanes - 1) / kMaxLanes * kMaxLanes;
  for (size_t w = 0; w < word_count; ++w) std::fill(words[w].data() + run.size(), words[w].data() + whole, uint64_t{0});
  return word_count;
}

}  // namespace

bool is_supported(CookieLanes lanes) {
#if defined(__x86_64__)
  if (lanes == CookieLanes::kEight) return __builtin_cpu_supports("avx512f") != 0;
  if (lanes == CookieLanes::kFour) return __builtin_cpu_supports("avx2") != 0;
#endif
  return lanes == CookieLanes::kOne;
}

void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out) {
  static const CookieLanes lanes = widest();
  cookies(key, queries, out, lanes);
}

void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out, CookieLanes lanes) {
  const HashBlock hash = hash_of(lanes);
  alignas(64) Words words;
  Hashes hashes;
  while (!queries.empty()) {
    const size_t n = run_length(queries);
    hash(key, words, lay_out(queries.first(n), words), n, hashes);
    for (size_t i = 0; i < n; ++i) out[i] = Cookie::from_hash(hashes[i]);
    queries = queries.subspan(n);
    out = out.subspan(n);
  }
}

}  // namespace portolan::wire
