// SPDX-License-Identifier: Apache-2.0
// The way from a number to a target: plain C, so that C++, C and a kernel program (BPF) compile the same lines. Use
// addr::Divider, addr::RangeSet and addr::TargetSet in C++; this header is for those who cannot.
//
// A number below addresses x services is taken apart by multiplication (divider.h says why that is exact); the place of
// the address is looked up in a table over its high bits, which names the entries between which the answer lies, and a
// bisection without branches ends it (range_set.h says why so). Pure functions, any thread.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
#define PORTOLAN_PICK constexpr
namespace portolan::addr {
#else
#define PORTOLAN_PICK static inline __attribute__((always_inline))
#endif

// base::u128.
__extension__ typedef unsigned __int128 PickWide;

// A range's first address, and the number of addresses in all ranges before it.
struct PickEntryV4 {
  uint32_t begin, before;
};
struct PickEntryV6 {
  PickWide begin, before;
};

// Of a set of ranges, by the places of its addresses.
struct PickShape {
  uint64_t entries;  // one more than ranges; the last one's `before` is the size of the set
  uint64_t buckets;  // one more than there are, so that each has an end
  uint64_t shift;    // places to a bucket, as a power of two
};

#ifdef __bpf__
// What the verifier must be shown and C++ knows by construction.
#define PORTOLAN_PICK_KNOWN(holds) \
  if (!(holds)) return 0
#define PORTOLAN_PICK_BOUND(step) ((step) < 32)
typedef uint64_t PickPlace;  // kernel programs number at most 2^64 targets
// `half` if key <= place, else 0, without a branch: the borrow of place - key.
#define PORTOLAN_PICK_HALF_V4(key, place, half) ((half) & (0 - (((uint64_t)(key) - (place)-1) >> 63)))
#define PORTOLAN_PICK_HALF_V6(key, place, half) ((half) & (pick_borrow(place, (uint64_t)(key)) - 1))
PORTOLAN_PICK uint64_t pick_borrow(uint64_t a, uint64_t b) { return ((~a & b) | (~(a ^ b) & (a - b))) >> 63; }
#else
#define PORTOLAN_PICK_KNOWN(holds) (void)0
#define PORTOLAN_PICK_BOUND(step) ((step) >= 0)
typedef PickWide PickPlace;
#define PORTOLAN_PICK_HALF_V4(key, place, half) ((key) <= (place) ? (half) : 0)
#define PORTOLAN_PICK_HALF_V6(key, place, half) ((key) <= (place) ? (half) : 0)
#endif

// The high word of the full product, from products of 32-bit numbers: none of the sums can wrap, as
// (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
PORTOLAN_PICK uint64_t pick_mul_hi_by_halves(uint64_t a, uint64_t b) {
  const uint64_t mask = 0xffffffffu;
  const uint64_t low = (a & mask) * (b & mask);
  const uint64_t one = (a >> 32) * (b & mask) + (low >> 32);
  const uint64_t other = (a & mask) * (b >> 32) + (one & mask);
  return (a >> 32) * (b >> 32) + (one >> 32) + (other >> 32);
}

PORTOLAN_PICK uint64_t pick_mul_hi(uint64_t a, uint64_t b) {
#ifdef __bpf__
  return pick_mul_hi_by_halves(a, b);
#else
  const PickWide product = static_cast<PickWide>(a) * b;
  return static_cast<uint64_t>(product >> 64);
#endif
}

struct PickDivider {
  uint64_t reciprocal;
  uint64_t shift;
  uint64_t divisor;
};

// floor(n / divisor). REQUIRES: n < 2^63.
PORTOLAN_PICK uint64_t pick_quotient(const struct PickDivider* by, uint64_t n) {
  return pick_mul_hi(n << 1, by->reciprocal) >> by->shift;
}

// The same for any n, in two digits of 32 bits, as on paper.
PORTOLAN_PICK uint64_t pick_quotient_long(const struct PickDivider* by, uint64_t n) {
  const uint64_t high = pick_quotient(by, n >> 32);
  const uint64_t rest = (n >> 32) - high * by->divisor;
  return high << 32 | pick_quotient(by, rest << 32 | (n & 0xffffffffu));
}

// Each way from a place to the last entry at or before it, for IPv4 and IPv6. REQUIRES: place < the size of the set.
#define PORTOLAN_PICK_ENTRY(name, Entry, Place, HALF)                                                              \
  PORTOLAN_PICK uint64_t name(const struct Entry* entries, const uint32_t* buckets, const struct PickShape* shape, \
                              Place place) {                                                                       \
    const uint64_t bucket = (place >> shape->shift) & 0xffffffffu;                                                 \
    PORTOLAN_PICK_KNOWN(bucket + 1 < shape->buckets);                                                              \
    uint64_t low = buckets[bucket];                                                                                \
    uint64_t count = buckets[bucket + 1] - low + 1;                                                                \
    for (int step = 0; PORTOLAN_PICK_BOUND(step) && count > 1; ++step) {                                           \
      const uint64_t half = count >> 1;                                                                            \
      PORTOLAN_PICK_KNOWN(low + half < shape->entries);                                                            \
      low += HALF(entries[low + half].before, place, half);                                                        \
      count -= half;                                                                                               \
    }                                                                                                              \
    return low;                                                                                                    \
  }

PORTOLAN_PICK_ENTRY(pick_entry_v4, PickEntryV4, uint64_t, PORTOLAN_PICK_HALF_V4)
PORTOLAN_PICK_ENTRY(pick_entry_v6, PickEntryV6, PickPlace, PORTOLAN_PICK_HALF_V6)

// The address at a place. REQUIRES: as above.
PORTOLAN_PICK uint32_t pick_v4(const struct PickEntryV4* entries, const uint32_t* buckets,
                               const struct PickShape* shape, uint64_t place) {
  const uint64_t at = pick_entry_v4(entries, buckets, shape, place);
  PORTOLAN_PICK_KNOWN(at < shape->entries);
  return (entries[at].begin + (place - entries[at].before)) & 0xffffffffu;
}

PORTOLAN_PICK PickWide pick_v6(const struct PickEntryV6* entries, const uint32_t* buckets,
                               const struct PickShape* shape, PickPlace place) {
  const uint64_t at = pick_entry_v6(entries, buckets, shape, place);
  PORTOLAN_PICK_KNOWN(at < shape->entries);
  return entries[at].begin + (place - entries[at].before);
}

#ifdef __cplusplus
}  // namespace portolan::addr
#endif
