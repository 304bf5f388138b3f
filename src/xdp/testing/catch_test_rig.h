// SPDX-License-Identifier: Apache-2.0
// CatchTest: the receiving kernel program in tests, loaded and run on frames without any device. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "xdp/testing/caught_frames.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::xdp::testing {

using addr::IpAddress;

inline constexpr uint32_t kDrop = 1, kPass = 2, kTx = 3, kRedirect = 4;
class CatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_no_kernel_programs(); !reason.empty()) GTEST_SKIP() << reason;
  }
  void TearDown() override {
    if (socket_ >= 0) close(socket_);
  }
  void load() {
    auto program = CatchProgram::load(options_);
    ASSERT_TRUE(program.has_value()) << program.error();
    program_.emplace(*std::move(program));
  }
  void add_socket() {
    socket_ = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    ASSERT_GE(socket_, 0) << strerror(errno);
    const auto added = program_->add_socket(0, socket_);
    ASSERT_TRUE(added.has_value()) << added.error();
  }
  uint32_t run(const Frame& frame, Frame* out = nullptr) {
    Ran ran = run_program(program_->program_fd(), frame);
    EXPECT_NE(ran.action, 0u) << strerror(errno);
    if (out != nullptr) *out = std::move(ran.frame);
    return ran.action;
  }
  std::vector<Caught> take(size_t most = 1000) {
    std::vector<Caught> all;
    program_->poll(most, [&](const Caught& c) { all.push_back(c); });
    return all;
  }
  // The one counter (resets aside) that the frame was counted under.
  uint32_t counted(const Frame& frame) {
    const CatchCounts before = program_->counters();
    run(frame);
    const CatchCounts after = program_->counters();
    uint32_t which = kCatchCounts;
    for (uint32_t i = 0; i < kCatchResets; ++i) {
      if (after[i] == before[i]) continue;
      EXPECT_EQ(after[i], before[i] + 1);
      EXPECT_EQ(which, uint32_t{kCatchCounts}) << "counted twice";
      which = i;
    }
    EXPECT_LT(which, uint32_t{kCatchCounts}) << "not counted";
    return which;
  }
  Target target(uint32_t i = 0, uint16_t port = 80) const { return Target(options_, kOurs, theirs(i), port); }
  Target target6(uint32_t i = 7, uint16_t port = 80) const { return Target(options_, kOurs6, theirs6(i), port); }

  CatchOptions options_ = plain_options();
  std::optional<CatchProgram> program_;
  int socket_ = -1;
};

}  // namespace portolan::xdp::testing
