// SPDX-License-Identifier: Apache-2.0
#include "proto/rpc/record.h"

#include <algorithm>

namespace portolan::proto::rpc {

Gathered gather(base::Bytes stream, base::MutableBytes room) {
  Gathered gathered;
  while (stream.size() - gathered.size >= kMark) {
    const uint32_t mark = base::load_be32(&stream[gathered.size]);
    const size_t length = mark & ~kLastFragment;
    const size_t present = std::min(length, stream.size() - gathered.size - kMark);
    const size_t copied = std::min(present, room.size() - gathered.length);
    if (copied != 0) std::memcpy(&room[gathered.length], &stream[gathered.size + kMark], copied);
    gathered.length += copied;
    if (present < length) return gathered;
    gathered.size += kMark + length;
    gathered.whole = (mark & kLastFragment) != 0;
    if (gathered.whole) return gathered;
  }
  return gathered;
}

}  // namespace portolan::proto::rpc
