// SPDX-License-Identifier: Apache-2.0
// NeighborView over any bytes: the options end, and the value written back is accepted with the same meaning.
#include <vector>

#include "wire/ndp.h"

using namespace portolan;

template <class Value>
static std::vector<uint8_t> written(const Value& value) {
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, {addr::IpAddress::v6(1), addr::IpAddress::v6(2)}, bytes);
  return bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto view = wire::NeighborView::check({data, size}, 255);
  if (!view) return 0;
  if (wire::NeighborView::check({data, size}, 254)) __builtin_trap();
  if (view->is_solicitation()) {
    const std::vector<uint8_t> bytes = written(view->solicitation());
    const auto again = wire::NeighborView::check(bytes, 255);
    if (!again || !(again->solicitation() == view->solicitation())) __builtin_trap();
  } else {
    const std::vector<uint8_t> bytes = written(view->advertisement());
    const auto again = wire::NeighborView::check(bytes, 255);
    if (!again || !(again->advertisement() == view->advertisement())) __builtin_trap();
  }
  return 0;
}
