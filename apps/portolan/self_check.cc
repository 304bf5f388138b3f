// SPDX-License-Identifier: Apache-2.0
#include "portolan/self_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "addr/target_set_builder.h"
#include "base/siphash.h"
#include "permute/permutation.h"
#include "wire/checksum.h"
#include "wire/cookie.h"
#include "wire/crc32c.h"
#include "wire/frame_view.h"
#include "wire/template.h"

namespace portolan::cli {
namespace {

using addr::IpAddress;
using base::u128;

constexpr base::SipKey kPaperKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};  // bytes 0 to 15

// RFC 1071, section 3.
bool internet_checksum() {
  constexpr std::array<uint8_t, 8> kBytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  return wire::Sum().add(kBytes).fold() == 0xddf2;
}

// The check value of the catalogue of CRCs, and the form without the processor's help.
bool crc32c() {
  constexpr std::array<uint8_t, 9> kDigits{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  constexpr uint32_t kCheck = 0xe3069283;
  return wire::crc32c(kDigits) == kCheck && ~wire::crc32c_step_table(wire::kCrc32cStart, kDigits) == kCheck;
}

// The paper's appendix A: bytes 0 to 14.
bool siphash() {
  std::array<uint8_t, 15> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  return base::siphash_bytes(kPaperKey, bytes) == 0xa129ca6149be45e5;
}

// Many at once, as this processor does it, and one by one.
bool cookies() {
  std::vector<wire::CookieQuery> queries;
  for (uint32_t i = 0; i < 100; ++i) {
    const bool v4 = i % 3 != 0;
    const auto far = v4 ? IpAddress::v4(0xc0000200 + i) : IpAddress::v6(base::make_u128(0x20010db800000000, i));
    const auto us = v4 ? IpAddress::v4(0xc6336401) : IpAddress::v6(base::make_u128(0x20010db800000001, 1));
    queries.push_back({us, far, static_cast<uint16_t>(i * 601), static_cast<uint8_t>(i % 5)});
  }
  std::vector<wire::Cookie> all(queries.size());
  wire::cookies(kPaperKey, queries, all);
  return std::equal(all.begin(), all.end(), queries.begin(),
                    [](const wire::Cookie& c, const auto& q) { return c == wire::cookie(kPaperKey, q); });
}

bool is_order(u128 n, uint64_t seed) {
  const permute::Permutation order(n, seed);
  std::vector<u128> all(static_cast<size_t>(n));
  order.at(0, 1, all);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] != order.at(i) || order.inverse(all[i]) != i) return false;
  }
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] != i) return false;
  }
  return true;
}

// Each number once, and every number led back to its place; of small sizes all numbers, of large ones some.
bool order() {
  for (const u128 n : {1, 2, 3, 7, 16, 17, 255, 1000, 4097, 65536}) {
    if (!is_order(n, 20261129)) return false;
  }
  for (const u128 n : {u128{1} << 40, (u128{1} << 64) + 13, base::kU128Max}) {
    const permute::Permutation large(n, 7);
    for (u128 i = 0; i < 1000; ++i) {
      const u128 at = n / 1000 * i;
      if (large.at(at) >= n || large.inverse(large.at(at)) != at) return false;
    }
  }
  return true;
}

bool targets() {
  addr::TargetSetBuilder builder;
  builder.add_v4(0xc0000200, 0xc00002ff);
  builder.add_v4(0xc6336400, 0xc6336413);
  builder.add_v6(base::make_u128(0x20010db800000000, 0), base::make_u128(0x20010db800000000, 99));
  builder.exclude_v4(0xc0000210, 0xc0000217);
  builder.add_services(addr::Protocol::kTcp, 80, 90);
  builder.add_service({addr::Protocol::kUdp, 53});
  const auto built = std::move(builder).build();
  if (!built || built->set.size() != u128{(256 - 8 + 20 + 100) * 12}) return false;
  std::vector<u128> indexes;
  for (u128 i = 0; i < built->set.size(); ++i) indexes.push_back(i);
  std::vector<addr::Target> all(indexes.size());
  built->set.pick(indexes, all);
  return std::equal(all.begin(), all.end(), indexes.begin(), [&](const addr::Target& t, u128 i) {
    return t == built->set.pick(i) && built->set.index_of(t) == i;
  });
}

// A SYN as it would leave, in both families: one by one and as a burst, read by the checks that answers go through.
bool probes() {
  const wire::LinkShape link{.source = {{2, 0, 0, 0, 0, 1}}};
  for (const bool v4 : {true, false}) {
    const auto us = v4 ? IpAddress::v4(0xc6336401) : IpAddress::v6(base::make_u128(0x20010db800000001, 1));
    const wire::Template syn = wire::Template::tcp_syn(link, {us, 64}, {});
    std::vector<wire::Stamp> stamps;
    for (uint16_t i = 1; i <= 64; ++i) {
      const auto far = v4 ? IpAddress::v4(0xc0000200 + i) : IpAddress::v6(base::make_u128(0x20010db800000000, i));
      stamps.push_back({far, {{2, 0, 0, 0, 0, 2}}, uint16_t(40'000 + i), i, 0x9e3779b9u * i, uint16_t(977 * i)});
    }
    std::vector<std::vector<uint8_t>> frames(stamps.size(), std::vector<uint8_t>(syn.length()));
    std::vector<uint8_t*> slots;
    for (auto& frame : frames) slots.push_back(frame.data());
    syn.stamp_burst(slots, stamps);
    for (size_t i = 0; i < stamps.size(); ++i) {
      std::vector<uint8_t> alone(syn.length());
      syn.stamp(alone.data(), stamps[i]);
      const auto read = wire::FrameView::check(frames[i], wire::LinkType::kEthernet, false);
      if (alone != frames[i] || !read || read->transport() != wire::FrameView::Transport::kTcp) return false;
      if (read->destination() != stamps[i].destination || read->tcp().sequence().value() != stamps[i].token)
        return false;
    }
  }
  return true;
}

constexpr std::array kChecks{
    SelfCheck{"Internet checksum (RFC 1071)", internet_checksum},
    SelfCheck{"CRC-32C", crc32c},
    SelfCheck{"SipHash-2-4, the vector of its paper", siphash},
    SelfCheck{"cookies, many at once and one by one", cookies},
    SelfCheck{"order of a scan: each number once, and back", order},
    SelfCheck{"targets: number to target, and back", targets},
    SelfCheck{"TCP SYN probes: checksums and fields", probes},
};

}  // namespace

std::span<const SelfCheck> self_checks() { return kChecks; }

bool run_self_test() {
  size_t wrong = 0;
  for (const SelfCheck& check : kChecks) {
    const bool right = check.holds();
    wrong += right ? 0 : 1;
    fmt::print("{}  {}\n", right ? "right" : "WRONG", check.what);
  }
  fmt::print("selftest: {} of {} checks hold\n", kChecks.size() - wrong, kChecks.size());
  return wrong == 0;
}

}  // namespace portolan::cli
