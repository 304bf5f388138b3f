// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 of many inputs at once, for cookie.cc and for nobody else: eight lanes where the processor has AVX-512,
// four with AVX2, one elsewhere. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/column.h"
#include "base/lanes.h"
#include "base/siphash_step.h"

namespace portolan::wire::internal {

// The same word of every input: words[i] | with.
struct SipRow {
  const base::Column* words;
  uint64_t with = 0;
};

// out[i] = the hash of the i-th inputs, from `start` on; the last row is SipHash's last block, with the length.
// REQUIRES: base::is_supported(lanes), count <= base::kColumnSize.
void sip_rows(base::LaneCount lanes, const base::SipState& start, std::span<const SipRow> rows, size_t count,
              base::Column& out);

}  // namespace portolan::wire::internal
