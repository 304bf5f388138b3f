// SPDX-License-Identifier: Apache-2.0
// pick_v4() of pick_step.h for eight places a vector, by gathers: one brings both ends of a bucket, one an entry of the
// bisection. kVectors vectors at once, since a gather takes long and they do not wait for each other.
#include "addr/pick_columns.h"
#include "base/lanes.h"

namespace portolan::addr::internal {

#if defined(__x86_64__)
namespace {

using base::kLanes8;
using base::Lanes8;
using base::Mask8;
using base::splat8;

constexpr size_t kVectors = 4;
constexpr size_t kBlock = kVectors * kLanes8;
constexpr Mask8 kAll = 0xff;
static_assert(sizeof(PickEntryV4) == 8 && base::kColumnSize % kBlock == 0);

struct Tables {
  const PickEntryV4* entries;
  const uint32_t* buckets;
  uint64_t shift;
};

// The lanes of vector v that hold one of `count` places.
PORTOLAN_AVX512 inline Mask8 live(size_t v, size_t count) {
  const size_t from = v * kLanes8;
  return count >= from + kLanes8 ? kAll : count <= from ? Mask8{0} : static_cast<Mask8>((1u << (count - from)) - 1);
}

PORTOLAN_AVX512 void pick_block(const Tables& t, uint64_t* places, size_t count) {
  const Lanes8 half_word = splat8(0xffffffff);
  const Lanes8 one = splat8(1);
  Lanes8 place[kVectors], low[kVectors], size[kVectors];
  Mask8 wide[kVectors];
  unsigned any = 0;
  for (size_t v = 0; v < kVectors; ++v) {
    // Past the count the first place, which is in the set.
    place[v] = base::choose(live(v, count), base::load8(places + v * kLanes8), Lanes8{});
    const Lanes8 ends = base::gather<4>(kAll, t.buckets, place[v] >> splat8(t.shift));
    low[v] = ends & half_word;
    size[v] = (ends >> 32) - low[v] + one;
    any |= wide[v] = base::is_above(size[v], one);
  }
  while (any != 0) {
    any = 0;
    for (size_t v = 0; v < kVectors; ++v) {
      const Lanes8 half = size[v] >> 1;
      const Lanes8 before = base::gather<8>(wide[v], t.entries, low[v] + half) >> 32;
      low[v] = base::choose(static_cast<Mask8>(wide[v] & ~base::is_above(before, place[v])), low[v] + half, low[v]);
      size[v] -= half;
      any |= wide[v] = base::is_above(size[v], one);
    }
  }
  for (size_t v = 0; v < kVectors; ++v) {
    const Lanes8 entry = base::gather<8>(kAll, t.entries, low[v]);
    base::store8(places + v * kLanes8, (entry + place[v] - (entry >> 32)) & half_word);
  }
}

void pick(const RangeSet<uint32_t>& set, base::Column& places, size_t count) {
  const Tables tables = {set.pick_entries().data(), set.pick_buckets().data(), set.pick_shape().shift};
  for (size_t at = 0; at < count; at += kBlock) pick_block(tables, places.data() + at, count - at);
}

}  // namespace

PickV4 pick_v4_avx512() { return base::has_avx512() ? pick : nullptr; }
#else
PickV4 pick_v4_avx512() { return nullptr; }
#endif

}  // namespace portolan::addr::internal
