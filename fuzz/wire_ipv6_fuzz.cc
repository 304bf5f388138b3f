// SPDX-License-Identifier: Apache-2.0
// Ipv6View over any bytes: the walk over extension headers ends inside them, and the value written back (without those
// headers) is accepted with the same meaning.
#include <vector>

#include "wire/ipv6.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto ip = wire::Ipv6View::check({data, size});
  if (!ip) return 0;
  if (ip->payload().data() < data + 40 || ip->payload().data() + ip->payload().size() > data + size) __builtin_trap();
  static_cast<void>(ip->pseudo_header_sum().fold());
  if (ip->is_fragment()) return 0;

  const wire::Ipv6 value = ip->value();
  std::vector<uint8_t> bytes(size_of(value) + value.payload_length);
  emit(value, bytes);
  const auto again = wire::Ipv6View::check(bytes);
  if (!again || !(again->value() == value) || again->has_extensions()) __builtin_trap();
  return 0;
}
