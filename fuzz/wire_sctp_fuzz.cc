// SPDX-License-Identifier: Apache-2.0
// SctpView over any bytes: the chunks end inside them, and the first one written back is accepted with a right CRC.
#include <algorithm>
#include <vector>

#include "wire/sctp.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto sctp = wire::SctpView::check({data, size});
  if (!sctp) return 0;
  base::Bytes rest = sctp->chunks();
  while (!rest.empty()) {
    const size_t before = rest.size();
    const auto chunk = wire::SctpView::next_chunk(rest);
    if (!chunk || rest.size() >= before || chunk->value.size() > before) __builtin_trap();
  }

  const wire::Sctp value = sctp->value();
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, bytes);
  const auto again = wire::SctpView::check(bytes);
  if (!again || !again->checksum_ok() || again->init() != sctp->init()) __builtin_trap();
  if (value.chunk && !std::ranges::equal(again->first_chunk()->value, value.chunk->value)) __builtin_trap();
  return 0;
}
