// SPDX-License-Identifier: Apache-2.0
// Any bytes as XML: read whole and in pieces alike; damage has a place inside the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "output/testing/reading.h"

using namespace std::string_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 4000) return 0;
  const std::string text = "<"s + std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!portolan::output::testing::reads_alike(text, 1 + data[0] % 64)) std::abort();
  return 0;
}
