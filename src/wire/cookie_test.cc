// SPDX-License-Identifier: Apache-2.0
#include "wire/cookie.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstring>
#include <vector>

namespace portolan::wire::cookie_test {
namespace {

constexpr base::SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
constexpr auto kOurs = addr::IpAddress::v4(0xc0000201);
constexpr auto kTheirs = addr::IpAddress::v4(0xc6336407);

addr::IpAddress any_address(bool v4) {
  const auto lo = *rc::gen::arbitrary<uint64_t>();
  if (v4) return addr::IpAddress::v4(static_cast<uint32_t>(lo));
  return addr::IpAddress::v6(base::make_u128(*rc::gen::arbitrary<uint64_t>() | 1, lo));
}

CookieQuery any_query(bool v4) {
  return {any_address(v4), any_address(v4), *rc::gen::arbitrary<uint16_t>(), *rc::gen::arbitrary<uint8_t>()};
}

// The input is pinned down: the layout may not change between a scan and its resumption.
RC_GTEST_PROP(Cookie, IsSipHashOfTheBytesOfItsWords, (uint32_t ours, uint32_t theirs, uint16_t port, uint8_t tag)) {
  std::array<uint8_t, 11> bytes{};
  const uint64_t words[2] = {uint64_t{ours} << 32 | theirs, uint64_t{port} << 8 | tag};
  std::memcpy(bytes.data(), words, bytes.size());
  const Cookie c = cookie(kKey, addr::IpAddress::v4(ours), addr::IpAddress::v4(theirs), port, tag);
  const uint64_t h = base::siphash_bytes(kKey, bytes);
  RC_ASSERT((uint64_t{c.id_bits} << 48 | uint64_t{c.port_bits} << 32 | c.token) == h);
}

RC_GTEST_PROP(Cookie, IsSipHashOfTheBytesOfItsWordsIpv6, ()) {
  const CookieQuery q = any_query(false);
  const uint64_t words[5] = {q.ours.hi(), q.ours.lo(), q.theirs.hi(), q.theirs.lo(),
                             uint64_t{q.their_port} << 8 | q.protocol_tag};
  std::array<uint8_t, 35> bytes{};
  std::memcpy(bytes.data(), words, bytes.size());
  RC_ASSERT(cookie(kKey, q) == Cookie::from_hash(base::siphash_bytes(kKey, bytes)));
}

TEST(Cookie, EveryInputCounts) {
  const Cookie base_case = cookie(kKey, kOurs, kTheirs, 80, 0);
  EXPECT_FALSE(cookie({kKey.k0 ^ 1, kKey.k1}, kOurs, kTheirs, 80, 0) == base_case);
  EXPECT_FALSE(cookie({kKey.k0, kKey.k1 ^ 1}, kOurs, kTheirs, 80, 0) == base_case);
  EXPECT_FALSE(cookie(kKey, kTheirs, kOurs, 80, 0) == base_case);
  EXPECT_FALSE(cookie(kKey, kOurs, addr::IpAddress::v4(kTheirs.v4_bits() + 1), 80, 0) == base_case);
  EXPECT_FALSE(cookie(kKey, kOurs, kTheirs, 81, 0) == base_case);
  EXPECT_FALSE(cookie(kKey, kOurs, kTheirs, 80, 1) == base_case);
  EXPECT_TRUE(cookie(kKey, kOurs, kTheirs, 80, 0) == base_case);
}

constexpr std::array<base::LaneCount, 3> kForms{base::LaneCount::kOne, base::LaneCount::kFour, base::LaneCount::kEight};

// Whatever form this processor has; the plain one is on all.
RC_GTEST_PROP(Cookies, AreTheCookiesOneByOne, (uint64_t k0, uint64_t k1)) {
  const size_t count = *rc::gen::inRange<size_t>(0, 200);
  const int mix = *rc::gen::inRange(0, 3);  // all IPv4, all IPv6, any
  std::vector<CookieQuery> queries;
  for (size_t i = 0; i < count; ++i) queries.push_back(any_query(mix == 2 ? *rc::gen::arbitrary<bool>() : mix == 0));
  std::vector<Cookie> expected(count), out(count);
  for (size_t i = 0; i < count; ++i) expected[i] = cookie({k0, k1}, queries[i]);
  cookies({k0, k1}, queries, out);
  RC_ASSERT(out == expected);
  for (const base::LaneCount form : kForms) {
    if (!base::is_supported(form)) continue;
    out.assign(count, {});
    cookies({k0, k1}, queries, out, form);
    RC_ASSERT(out == expected);
  }
}

RC_GTEST_PROP(Cookies, InColumnsAreTheSame, (uint64_t k0, uint64_t k1, bool v4)) {
  const auto count = *rc::gen::inRange<size_t>(0, base::kColumnSize + 1);
  const addr::IpAddress ours = any_address(v4);
  base::Column high{}, low{}, service{};
  std::vector<Cookie> expected;
  for (size_t i = 0; i < count; ++i) {
    CookieQuery q = any_query(v4);
    q.ours = ours;
    high[i] = q.theirs.hi();
    low[i] = v4 ? q.theirs.v4_bits() : q.theirs.lo();
    service[i] = cookie_service(q.their_port, q.protocol_tag);
    expected.push_back(cookie({k0, k1}, q));
  }
  for (const base::LaneCount form : kForms) {
    if (!base::is_supported(form)) continue;
    base::Column hashes{};
    cookie_columns({k0, k1}, ours, {high, low, service}, count, hashes, form);
    for (size_t i = 0; i < count; ++i) RC_ASSERT(Cookie::from_hash(hashes[i]) == expected[i]);
  }
}

// Every length around the lanes and the block, cheaply.
TEST(Cookies, EveryLength) {
  std::vector<CookieQuery> queries;
  for (uint32_t i = 0; i < 140; ++i) queries.push_back({kOurs, addr::IpAddress::v4(i), 443, 2});
  for (size_t count = 0; count <= queries.size(); ++count) {
    std::vector<Cookie> out(count);
    cookies(kKey, std::span(queries).first(count), out);
    for (size_t i = 0; i < count; ++i) ASSERT_TRUE(out[i] == cookie(kKey, queries[i])) << count << ' ' << i;
  }
}

}  // namespace
}  // namespace portolan::wire::cookie_test
