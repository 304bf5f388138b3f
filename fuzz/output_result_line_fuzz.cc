// SPDX-License-Identifier: Apache-2.0
// Any line as a result: it is one, or none, or bad; and a bad one leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "output/ndjson_reader.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<output::ReadResult> results;
  const auto kind = output::read_result_line({reinterpret_cast<const char*>(data), size}, results);
  if ((kind == output::LineKind::kResult) == results.empty()) std::abort();
  return 0;
}
