// SPDX-License-Identifier: Apache-2.0
#include "portolan/answered_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "addr/target_set_builder.h"

namespace portolan::cli::answered_log_test {
namespace {

addr::TargetSet targets() {
  addr::TargetSetBuilder builder;
  builder.add(addr::IpAddress::v4(0x0a000000), addr::IpAddress::v4(0x0a0000ff));
  builder.add_service({addr::Protocol::kTcp, 80});
  return std::move(builder).build({.include_reserved = true})->set;
}

class AnsweredLogTest : public testing::Test {
 protected:
  AnsweredLogTest() : path_(testing::TempDir() + "answered." + std::to_string(::getpid())) {}
  ~AnsweredLogTest() override { std::filesystem::remove(path_); }

  result::Observation answer(base::u128 index) const {
    result::Observation o;
    o.target = targets_.pick(index);
    return o;
  }

  addr::TargetSet targets_ = targets();
  std::string path_;
};

TEST_F(AnsweredLogTest, LeavesNoTraceBeforeItIsWanted) {
  AnsweredLog log(path_, targets_, {});
  log.write(answer(3));
  log.tick();
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(log.stored(), 0u);
}

TEST_F(AnsweredLogTest, KeepsWhoAnsweredInBothRuns) {
  {
    AnsweredLog log(path_, targets_, {250, 7});
    log.write(answer(3));
    log.keep();
    EXPECT_TRUE(log.sync());
    EXPECT_EQ(log.stored(), 3u);
    log.write(answer(9));
    log.tick();
    EXPECT_EQ(log.stored(), 4u);
  }
  const auto all = AnsweredLog::read(path_, UINT64_MAX);
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, (std::vector<base::u128>{250, 7, 3, 9}));
  EXPECT_EQ(AnsweredLog::read(path_, 3)->size(), 3u);
}

TEST_F(AnsweredLogTest, IsReadUpToWhereItWasCut) {
  {
    AnsweredLog log(path_, targets_, {1, 2});
    log.keep();
    log.sync();
  }
  for (uintmax_t size = 16; size <= 48; ++size) {
    std::filesystem::resize_file(path_, 48);
    std::filesystem::resize_file(path_, size);
    ASSERT_EQ(AnsweredLog::read(path_, UINT64_MAX)->size(), size / 16 - 1) << size;
  }
  std::filesystem::resize_file(path_, 15);
  EXPECT_FALSE(AnsweredLog::read(path_, UINT64_MAX));
  EXPECT_FALSE(AnsweredLog::read(path_ + ".none", UINT64_MAX));
}

TEST_F(AnsweredLogTest, ForgetsForAnotherRound) {
  AnsweredLog log(path_, targets_, {});
  log.keep();
  log.write(answer(3));
  log.sync();
  log.forget();
  EXPECT_EQ(log.stored(), 0u);
  log.write(answer(4));
  log.sync();
  EXPECT_EQ(*AnsweredLog::read(path_, UINT64_MAX), (std::vector<base::u128>{4}));
  log.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace portolan::cli::answered_log_test
