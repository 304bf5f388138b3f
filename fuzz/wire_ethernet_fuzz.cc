// SPDX-License-Identifier: Apache-2.0
// EthernetView and VlanView over any bytes: what they accept is written back as it was.
#include <algorithm>
#include <array>

#include "wire/ethernet.h"
#include "wire/vlan.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Bytes bytes(data, size);
  const auto ethernet = wire::EthernetView::check(bytes);
  if (!ethernet) return 0;
  std::array<uint8_t, wire::ethernet_field::kSize> header;
  emit(ethernet->value(), header);
  if (!std::equal(header.begin(), header.end(), data)) __builtin_trap();

  const auto tag = wire::VlanView::check(ethernet->payload());
  if (!tag) return 0;
  std::array<uint8_t, wire::vlan_field::kSize> tag_bytes;
  emit(tag->value(), tag_bytes);
  if (!std::equal(tag_bytes.begin(), tag_bytes.end(), ethernet->payload().begin())) __builtin_trap();
  if (tag->payload().size() + header.size() + tag_bytes.size() != size) __builtin_trap();
  return 0;
}
