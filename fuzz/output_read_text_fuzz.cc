// SPDX-License-Identifier: Apache-2.0
// Any bytes as whatever form they seem to have: read whole and in pieces alike; damage has a place inside the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "output/testing/reading.h"

using namespace portolan::output;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The form is told by the first 4096 bytes: what is longer may be judged by more of it when it comes at once.
  if (size == 0 || size > 4000) return 0;
  const std::string text = std::string("") + std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::Read whole = testing::read(text);
  const testing::Read pieces = testing::read(text, 1 + data[0] % 64);
  const bool same = whole.damage == pieces.damage && whole.torn == pieces.torn && whole.byte == pieces.byte &&
                    whole.line == pieces.line && whole.left_out == pieces.left_out && whole.banners == pieces.banners &&
                    whole.observations.size() == pieces.observations.size();
  if (!same || whole.byte > text.size()) std::abort();
  return 0;
}
