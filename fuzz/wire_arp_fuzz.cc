// SPDX-License-Identifier: Apache-2.0
// ArpView over any bytes: what it accepts is written back as it was.
#include <algorithm>
#include <array>

#include "wire/arp.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto arp = wire::ArpView::check({data, size});
  if (!arp) return 0;
  if (arp->is_request() && arp->is_reply()) __builtin_trap();
  std::array<uint8_t, wire::arp_field::kSize> bytes;
  emit(arp->value(), bytes);
  if (!std::equal(bytes.begin(), bytes.end(), data)) __builtin_trap();
  return 0;
}
