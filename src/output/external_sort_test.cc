// SPDX-License-Identifier: Apache-2.0
#include "output/external_sort.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>

namespace portolan::output::external_sort_test {
namespace {

using Record = std::pair<ExternalSort::Key, std::string>;

std::vector<Record> sorted(const std::vector<Record>& records, size_t memory) {
  ExternalSort sort(::testing::TempDir(), memory);
  for (const auto& [key, bytes] : records) sort.add(key, bytes);
  std::vector<Record> out;
  EXPECT_TRUE(sort.drain([&](const ExternalSort::Key& key, std::string_view bytes) { out.emplace_back(key, bytes); }));
  return out;
}

// Few keys and long runs of them, many keys, records of no bytes and such as fill the memory by themselves; memory for
// everything, for one run of a few, and for none.
RC_GTEST_PROP(ExternalSort, is_a_stable_sort, ()) {
  const auto keys = *rc::gen::element<uint64_t>(1, 3, 1000, ~uint64_t{0});
  const auto longest = *rc::gen::element<size_t>(0, 1, 20, 9000);
  const auto memory = *rc::gen::element<size_t>(0, 100, 2000, ExternalSort::kMemory);
  std::vector<Record> records(*rc::gen::inRange<size_t>(0, 300));
  size_t number = 0;
  for (auto& [key, bytes] : records) {
    key = {*rc::gen::inRange<uint64_t>(0, 2), *rc::gen::inRange<uint64_t>(0, keys)};
    bytes = std::to_string(number++);
    bytes.resize(longest == 0 ? 0 : *rc::gen::inRange<size_t>(0, longest), '.');
  }
  std::vector<Record> expected = records;
  std::stable_sort(expected.begin(), expected.end(),
                   [](const Record& a, const Record& b) { return a.first < b.first; });
  RC_ASSERT(sorted(records, memory) == expected);
}

TEST(ExternalSort, LeavesNoFileBehind) {
  const std::string folder = ::testing::TempDir() + "external_sort";
  std::filesystem::create_directory(folder);
  {
    ExternalSort sort(folder, 0);
    for (uint64_t i = 0; i < 10; ++i) sort.add({0, 10 - i}, "x");
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    EXPECT_TRUE(sort.drain([](const ExternalSort::Key&, std::string_view) {}));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(ExternalSort, TellsThatItHasNoRoom) {
  ExternalSort sort("/nonexistent", 10);
  for (uint64_t i = 0; i < 100; ++i) sort.add({0, i}, "xx");
  size_t seen = 0;
  const auto done = sort.drain([&](const ExternalSort::Key&, std::string_view) { ++seen; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), "no room to sort in /nonexistent: No such file or directory");
  EXPECT_EQ(seen, 0u);
}

}  // namespace
}  // namespace portolan::output::external_sort_test
