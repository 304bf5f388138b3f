// SPDX-License-Identifier: Apache-2.0
#include "output/host_count.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace portolan::output::host_count_test {
namespace {

RC_GTEST_PROP(HostCount, is_the_number_of_different_addresses, ()) {
  const auto kept = *rc::gen::element<uint64_t>(1, 7, 64, HostCount::kKept);
  const auto hosts = *rc::gen::element<uint32_t>(1, 20, 100'000);
  HostCount count(::testing::TempDir(), kept);
  std::set<addr::IpAddress> seen;
  for (size_t left = *rc::gen::inRange<size_t>(0, 500); left != 0; --left) {
    const uint32_t word = *rc::gen::inRange<uint32_t>(0, hosts);
    const auto host = word % 2 == 0 ? addr::IpAddress::v4(word) : addr::IpAddress::v6(word);
    seen.insert(host);
    count.add(host);
    RC_ASSERT(count.so_far() >= seen.size());
    if (seen.size() <= kept) RC_ASSERT(count.so_far() == seen.size());
  }
  RC_ASSERT(count.total().value() == seen.size());
}

TEST(HostCount, SaysWhyItCouldNotCount) {
  HostCount count("/nonexistent", 1);
  const uint32_t more_than_fit = ExternalSort::kMemory / 16;
  for (uint32_t i = 0; i < more_than_fit; ++i) count.add(addr::IpAddress::v4(i));
  EXPECT_EQ(count.so_far(), more_than_fit);
  const auto total = count.total();
  ASSERT_FALSE(total);
  EXPECT_EQ(total.error(), "no room to sort in /nonexistent: No such file or directory");
}

}  // namespace
}  // namespace portolan::output::host_count_test
