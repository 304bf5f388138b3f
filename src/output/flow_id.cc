// SPDX-License-Identifier: Apache-2.0
#include "output/flow_id.h"

#include <algorithm>
#include <array>

#include "base/siphash.h"

namespace portolan::output {

uint64_t flow_id(const FlowEnd& one, const FlowEnd& other, uint8_t ip_protocol) {
  std::array<uint8_t, 37> bytes{};
  uint8_t* p = bytes.data();
  for (const FlowEnd& end : {std::min(one, other), std::max(one, other)}) {
    end.address.store_v6(p);
    base::store_be16(p + 16, end.port);
    p += 18;
  }
  *p = ip_protocol;
  return base::siphash_bytes(base::SipKey{}, bytes);
}

}  // namespace portolan::output
