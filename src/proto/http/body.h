// SPDX-License-Identifier: Apache-2.0
// Body: goes over the body of a request that nobody reads, however it comes cut (RFC 9112, sections 6 and 7).
//
// Its whole state is two integers, because that is what a Session keeps between segments. Pure functions, any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portolan::proto::http {

enum class BodyStep : uint32_t {
  kNone = 0,   // a head comes next
  kLength,     // `left` bytes, then a head
  kChunkSize,  // the line with the size of a chunk
  kChunk,      // `left` bytes of a chunk, then an end of line
  kChunkEnd,   // that end of line
  kTrailer,    // header lines up to an empty one
};

struct Body {
  BodyStep step = BodyStep::kNone;
  uint64_t left = 0;
};

// What was gone over. consumed == 0: the next element is not whole, or, with bad, is none.
struct BodyProgress {
  size_t consumed = 0;
  bool bad = false;
};

// REQUIRES: body.step is not kNone, bytes is not empty.
BodyProgress go_over(Body& body, base::Bytes bytes);

}  // namespace portolan::proto::http
