// SPDX-License-Identifier: Apache-2.0
#include "wire/drop.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace portolan::wire::drop_test {
namespace {

TEST(Drop, EveryReasonHasAStableNameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Drop::kCount); ++i) {
    const std::string_view name = counter_name(static_cast<Drop>(i));
    EXPECT_NE(name, "unknown") << i;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string_view::npos) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

}  // namespace
}  // namespace portolan::wire::drop_test
