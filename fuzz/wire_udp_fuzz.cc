// SPDX-License-Identifier: Apache-2.0
// UdpView over any bytes: the payload lies inside them, and the value written back is accepted with a right checksum.
#include <algorithm>
#include <vector>

#include "wire/udp.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto udp = wire::UdpView::check({data, size});
  if (!udp) return 0;
  if (udp->length() > size || udp->payload().size() + 8 != udp->length()) __builtin_trap();

  const wire::Endpoints ends{addr::IpAddress::v4(0xc0000201), addr::IpAddress::v4(0xc6336407)};
  const wire::Udp value = udp->value();
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, ends, bytes);
  const auto again = wire::UdpView::check(bytes);
  if (!again || !again->has_checksum() || !again->checksum_ok(ends)) __builtin_trap();
  if (!std::ranges::equal(again->payload(), udp->payload())) __builtin_trap();
  return 0;
}
