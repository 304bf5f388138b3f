// SPDX-License-Identifier: Apache-2.0
#include "portolan/offline_vantage.h"

namespace portolan::cli {

host::Vantage offline_vantage(const std::string& name, size_t adapter) {
  using addr::IpAddress;
  const int wire = 2 + static_cast<int>(adapter), loopback = 1;
  const IpAddress us4 = IpAddress::v4(0xc0000201);  // 192.0.2.1
  const IpAddress us6 = IpAddress::v6(base::make_u128(0x20010db800000000u, 1));
  const auto v4 = [](uint32_t a) { return IpAddress::v4(a); };
  const auto v6 = [](base::u128 a) { return IpAddress::v6(a); };
  host::Vantage v;
  v.interfaces = {{wire,
                   name.empty() ? "offline" : name,
                   host::LinkKind::kEthernet,
                   true,
                   1500,
                   {{2, 0, 0, 0, 0, 1}},
                   {{us4, 24}, {us6, 64}}},
                  {loopback, "lo", host::LinkKind::kLoopback, true, 65536, {}, {{v4(0x7f000001), 8}, {v6(1), 128}}}};
  const base::u128 mapped = v4(0).v6_bits(), mapped_last = v4(~0u).v6_bits();  // IPv4, in the order of addresses
  v.hops = {{v6(1), v6(1), loopback, v6(1), {}},      {v6(2), v6(mapped - 1), wire, us6, {}},
            {v4(0), v4(0x7effffff), wire, us4, {}},   {v4(0x7f000000), v4(0x7fffffff), loopback, v4(0x7f000001), {}},
            {v4(0x80000000), v4(~0u), wire, us4, {}}, {v6(mapped_last + 1), v6(base::kU128Max), wire, us6, {}}};
  return v;
}

}  // namespace portolan::cli
