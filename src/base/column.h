// SPDX-License-Identifier: Apache-2.0
// Column: one 64-bit word of each item of a burst. A burst is some columns side by side, a structure of arrays, so that
// each step over it is one loop that the processor's vector units can take eight words at a time.
//
// Loops over `count` words may read and write on to the next multiple of kColumnStep: what stands there means nothing,
// but is never an index into anything. A value of 2 KiB: a member of what lives long, not a local variable of a loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace portolan::base {

inline constexpr size_t kColumnSize = 256;  // the greatest burst
inline constexpr size_t kColumnStep = 8;    // words: a cache line, and the widest vector

struct alignas(64) Column : std::array<uint64_t, kColumnSize> {};

// `count` made a whole number of steps.
constexpr size_t column_steps(size_t count) { return (count + kColumnStep - 1) / kColumnStep * kColumnStep; }

}  // namespace portolan::base
