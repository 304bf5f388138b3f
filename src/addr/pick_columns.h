// SPDX-License-Identifier: Apache-2.0
// TargetSet::pick() for a whole burst at once, in columns: for the sender's fast path, where all targets are of one
// family's product.
//
// A list of a hundred thousand ranges has its tables in the second-level cache, where a pick waits for four loads, each
// for the one before it. So each step is taken for all targets of the burst before the next one: eight loads an
// instruction with AVX-512 (found at run time), and as many under way as the processor can hold elsewhere. Both forms
// give what pick() gives, as a test shows. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "addr/target_set.h"
#include "base/column.h"

namespace portolan::addr {

struct TargetColumns {
  base::Column high;     // IPv6: the address's upper half; IPv4: not written
  base::Column low;      // its lower half; the 32 bits of an IPv4 address
  base::Column service;  // service_key()
};

// The targets of these indexes, if all are in the product of one family, which is returned; else nullopt, and `out`
// means nothing. REQUIRES: indexes.size() <= base::kColumnSize, each index < set.size().
std::optional<Family> pick_columns(const TargetSet& set, std::span<const uint64_t> indexes, TargetColumns& out);
std::optional<Family> pick_columns(const TargetSet& set, std::span<const base::u128> indexes, TargetColumns& out);

namespace internal {

// Replaces places in `set` by addresses. REQUIRES: count <= base::kColumnSize, each place < set.size().
using PickV4 = void (*)(const RangeSet<uint32_t>& set, base::Column& places, size_t count);
void pick_v4_plain(const RangeSet<uint32_t>& set, base::Column& places, size_t count);
PickV4 pick_v4_avx512();  // null where the processor, or the compiler's target, cannot

}  // namespace internal
}  // namespace portolan::addr
