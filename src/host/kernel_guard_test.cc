// SPDX-License-Identifier: Apache-2.0
// The guard against the kernel itself, in a namespace of the test's own.
#include "host/kernel_guard.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/testing/private_network.h"

namespace portolan::host::kernel_guard_test {
namespace {

constexpr PortRange kPorts{.first = 61000, .last = 61009};

TEST(KernelGuard, TellsHowToDoItByHand) {
  const std::string text = KernelGuard::by_hand({kPorts});
  EXPECT_NE(text.find("61000-61009 drop"), std::string::npos) << text;
  EXPECT_NE(text.find("delete table"), std::string::npos) << text;
  const std::string list = KernelGuard::by_hand({kPorts, {62000, 62000}});
  EXPECT_NE(list.find("'{ 61000-61009,62000 }' drop"), std::string::npos) << list;
}

class Guarded : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    network_ = std::make_unique<base::testing::PrivateNetwork>();
  }
  static std::string ruleset() {
    std::string text;
    FILE* out = popen("nft list ruleset", "r");
    char line[256];
    while (out != nullptr && fgets(line, sizeof line, out) != nullptr) text += line;
    if (out != nullptr) pclose(out);
    return text;
  }

  std::unique_ptr<base::testing::PrivateNetwork> network_;
};

// What a connection attempt to a port of our own, where nobody listens, came to.
class Attempt {
 public:
  Attempt(int type, uint16_t port) : fd_(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(fd_, reinterpret_cast<const sockaddr*>(&there), sizeof there);
    if (type == SOCK_DGRAM) send(fd_, "x", 1, 0);
  }
  ~Attempt() { close(fd_); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  bool refused_within(int milliseconds) const {
    pollfd answer = {.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&answer, 1, milliseconds) == 1 && (answer.revents & POLLERR) != 0;
  }

 private:
  int fd_;
};

TEST_F(Guarded, TheKernelIsSilentOnOurPortsAlone) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    EXPECT_TRUE(Attempt(type, kPorts.first).refused_within(2000)) << "without the guard the kernel answers";
  }
  const auto guard = KernelGuard::raise({kPorts});
  ASSERT_TRUE(guard) << guard.error();
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Attempt first(type, kPorts.first);
    const Attempt last(type, kPorts.last);
    // Loopback keeps order: once the later attempts have been answered, the earlier ones would have been too.
    EXPECT_TRUE(Attempt(type, kPorts.first - 1).refused_within(2000));
    EXPECT_TRUE(Attempt(type, kPorts.last + 1).refused_within(2000));
    EXPECT_FALSE(first.refused_within(0));
    EXPECT_FALSE(last.refused_within(0));
  }
}

TEST_F(Guarded, AListOfPortsIsGuardedAndNothingBetween) {
  std::vector<PortRange> ranges;
  for (uint16_t i = 0; i < 100; ++i) {
    const auto first = static_cast<uint16_t>(20000 + 3 * i);
    ranges.push_back({.first = first, .last = static_cast<uint16_t>(first + 1)});
  }
  const auto guard = KernelGuard::raise(ranges);
  ASSERT_TRUE(guard) << guard.error();
  for (const uint16_t first : {ranges.front().first, ranges.back().first}) {
    const Attempt ours(SOCK_STREAM, first), ours_too(SOCK_DGRAM, first + 1);
    EXPECT_TRUE(Attempt(SOCK_STREAM, first + 2).refused_within(2000));
    EXPECT_FALSE(ours.refused_within(0));
    EXPECT_FALSE(ours_too.refused_within(0));
  }
}

TEST_F(Guarded, StandsAsANamedTableUntilItIsDestroyed) {
  {
    auto guard = KernelGuard::raise({kPorts});
    ASSERT_TRUE(guard) << guard.error();
    const KernelGuard moved = std::move(*guard);
    const std::string rules = ruleset();
    EXPECT_NE(rules.find("table inet " + moved.table()), std::string::npos) << rules;
    for (const std::string protocol : {"tcp", "udp", "sctp"}) {
      EXPECT_NE(rules.find(protocol + " dport 61000-61009 counter packets 0 bytes 0 drop"), std::string::npos) << rules;
    }
    EXPECT_NE(rules.find("flags owner"), std::string::npos) << rules;
    EXPECT_NE(moved.describe().find(moved.table()), std::string::npos);
  }
  EXPECT_EQ(ruleset(), "");
}

TEST_F(Guarded, TwoOfOneProcessHaveNamesOfTheirOwn) {
  const auto one = KernelGuard::raise({kPorts});
  const auto other = KernelGuard::raise({{62000, 62001}});
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->table(), other->table());
}

TEST_F(Guarded, IsGoneWhenItsProcessIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto guard = KernelGuard::raise({kPorts});
    const char word = guard ? 'y' : 'n';
    if (write(ready[1], &word, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char word = 0;
  ASSERT_EQ(read(ready[0], &word, 1), 1);
  close(ready[0]);
  close(ready[1]);
  ASSERT_EQ(word, 'y');
  EXPECT_NE(ruleset().find("table inet portolan_" + std::to_string(child)), std::string::npos);
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(ruleset(), "");
}

TEST_F(Guarded, WithoutTheRightItSaysWhatWillHappenAndTheCure) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const auto guard = KernelGuard::raise({kPorts});
    const bool told = !guard && guard.error().find("CAP_NET_ADMIN") != std::string::npos &&
                      guard.error().find("nft add table") != std::string::npos;
    _exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace portolan::host::kernel_guard_test
