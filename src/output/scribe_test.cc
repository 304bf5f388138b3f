// SPDX-License-Identifier: Apache-2.0
#include "output/scribe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "output/file.h"
#include "output/open_sink.h"

namespace portolan::output::scribe_test {
namespace {

class ScribeTest : public ::testing::Test {
 protected:
  ScribeTest() { ::close(::mkstemp(path_.data())); }
  ~ScribeTest() override { ::unlink(path_.c_str()); }

  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  std::string path_ = "/tmp/portolan-scribe-test-XXXXXX";
};

TEST_F(ScribeTest, WritesAsWeWould) {
  const auto scribe = Scribe::start();
  ASSERT_TRUE(scribe) << scribe.error();
  const int fd = ::open(path_.c_str(), O_RDWR);
  EXPECT_EQ((*scribe)->write(fd, "first ", Scribe::kAtEnd), 6);
  EXPECT_EQ((*scribe)->write(fd, "second", Scribe::kAtEnd), 6);
  EXPECT_EQ((*scribe)->write(fd, "F", 0), 1);
  EXPECT_EQ(content(), "First second");
  ::close(fd);
  EXPECT_EQ((*scribe)->write(::open("/dev/full", O_WRONLY), "x", Scribe::kAtEnd), -1);
  EXPECT_EQ(errno, ENOSPC);
}

TEST_F(ScribeTest, WritesWithoutAChildToo) {
  const auto scribe = Scribe::start();
  ASSERT_TRUE(scribe);
  ::kill((*scribe)->child(), SIGKILL);
  auto file = File::open(path_, File::Mode::kTruncate);
  ASSERT_TRUE(file);
  file->give_to(*scribe);
  for (int i = 0; i < 3; ++i) {
    file->append("line\n");
    EXPECT_TRUE(file->flush());
  }
  EXPECT_EQ(content(), "line\nline\nline\n");
}

// A process that writes as fast as it can is killed at any moment: lines and array are whole each time. Without a
// Scribe, the same loop finds torn ones.
void write_for_ever(Format format, const std::string& path) {
  OutputSpec spec;
  spec.format = format;
  spec.path = path;
  spec.scribe = Scribe::start().value();
  auto sink = open_sink(spec).value();
  sink->begin({});
  result::Observation o;
  o.target = {addr::IpAddress::v4(0xc0000201), {addr::Protocol::kTcp, 80}};
  for (uint32_t n = 0;; ++n) {
    sink->write(o);
    if (n % 700 == 0) sink->tick();
  }
}

TEST_F(ScribeTest, AKillCutsNothing) {
  std::minstd_rand random(7);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (int kill = 0; kill < 40; ++kill) {
    const Format format = kill % 2 == 0 ? Format::kJson : Format::kCsv;
    const pid_t child = ::fork();
    if (child == 0) write_for_ever(format, path_);
    ::usleep(5'000 +
             static_cast<useconds_t>(random() % 20'000));  // a moment, not a duration that anything is judged by
    ::kill(child, SIGKILL);
    // The scribe, which is ours to wait for now, may still be at the last order.
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    const std::string text = content();
    if (text.empty()) continue;
    ASSERT_EQ(text.back(), '\n') << kill;
    if (format == Format::kJson) {
      ASSERT_EQ(text.substr(text.size() - 3), "\n]\n") << kill;
    }
    ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
  }
}

}  // namespace
}  // namespace portolan::output::scribe_test
