// SPDX-License-Identifier: Apache-2.0
// Records of RPC over a byte stream (RFC 5531, section 11): fragments, each behind a mark with its length.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portolan::proto::rpc {

inline constexpr uint32_t kLastFragment = 0x80000000;
inline constexpr size_t kMark = 4;

struct Gathered {
  bool whole = false;
  size_t length = 0;  // bytes of the record put into the room; the rest of a longer record is left out
  size_t size = 0;    // bytes of the stream that the whole record takes
};

// Puts the fragments in front of `stream` together, as far as they are there.
Gathered gather(base::Bytes stream, base::MutableBytes room);

}  // namespace portolan::proto::rpc
