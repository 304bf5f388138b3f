// SPDX-License-Identifier: Apache-2.0
// Ipv4View over any bytes: header and payload lie inside them, and the value written back is accepted with the same
// meaning and a right checksum.
#include <algorithm>
#include <vector>

#include "wire/ipv4.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto ip = wire::Ipv4View::check({data, size});
  if (!ip) return 0;
  if (ip->header_length() < 20 || ip->header_length() + ip->payload().size() != ip->total_length()) __builtin_trap();
  if (ip->total_length() > size) __builtin_trap();
  static_cast<void>(ip->pseudo_header_sum().fold());

  std::vector<uint8_t> bytes(ip->total_length());
  emit(ip->value(), bytes);
  const auto again = wire::Ipv4View::check(bytes);
  if (!again || !again->checksum_ok()) __builtin_trap();
  if (again->source() != ip->source() || again->destination() != ip->destination()) __builtin_trap();
  if (again->protocol() != ip->protocol() || again->is_fragment() != ip->is_fragment()) __builtin_trap();
  if (!std::ranges::equal(again->options(), ip->options())) __builtin_trap();
  return 0;
}
