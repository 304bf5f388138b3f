// SPDX-License-Identifier: Apache-2.0
#include "portolan/control_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace portolan::cli::control_socket_test {
namespace {

class ControlSocketTest : public testing::Test {
 protected:
  ControlSocketTest() : path_("/tmp/portolan-control-" + std::to_string(::getpid())) {}
  ~ControlSocketTest() override { std::filesystem::remove(path_); }

  auto open() {
    return ControlSocket::open(path_, [](const std::vector<std::string>& words) {
      std::string answer;
      for (const std::string& w : words) answer += "[" + w + "]";
      return answer;
    });
  }

  std::string path_;
};

TEST_F(ControlSocketTest, AnswersLineByLine) {
  const auto socket = open();
  ASSERT_TRUE(socket) << socket.error();
  EXPECT_EQ(*ask_control(path_, "exclude  10.0.0.0/8 \t10.1.1.1"), "[exclude][10.0.0.0/8][10.1.1.1]");
  EXPECT_EQ(*ask_control(path_, ""), "");
  EXPECT_EQ(*ask_control(path_, std::string(60'000, 'x')), "[" + std::string(60'000, 'x') + "]");
}

TEST_F(ControlSocketTest, IsForItsOwnerAndGoesWithTheProgram) {
  {
    const auto socket = open();
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u & ~0077u);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(ask_control(path_, "status"));
}

TEST_F(ControlSocketTest, ReplacesWhatAKilledProgramLeftAndNobodyElses) {
  const auto first = open();
  ASSERT_TRUE(first);
  EXPECT_FALSE(open()) << "another program answers there";
  EXPECT_FALSE(ControlSocket::open("/tmp/" + std::string(200, 'x'), {}));
}

}  // namespace
}  // namespace portolan::cli::control_socket_test
