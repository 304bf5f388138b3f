// SPDX-License-Identifier: Apache-2.0
// The responder's guard against the kernel, between two namespaces of the test's own: `here` is the machine that plays,
// `far` the stranger.
#include "host/responder_guard.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/testing/private_network.h"

namespace portolan::host::responder_guard_test {
namespace {

using addr::IpAddress;

constexpr int kLong = 3000;  // ms that an answer may take on a busy machine; only a failing test waits for it

Stretch one(const IpAddress& a) { return {.first = a, .last = a}; }
const IpAddress kPlayed = IpAddress::v4(0x0a090001);
const IpAddress kPlayed6 = IpAddress::v6(base::make_u128(0xfd00'0009'0000'0000, 1));
const IpAddress kOwn = IpAddress::v4(0x0a090003);
const IpAddress kFar = IpAddress::v4(0x0a090002);
constexpr uint16_t kService = 8080;
constexpr uint16_t kClosed = 8081;
constexpr uint16_t kKept = 22;

ResponderGuardPlan plan() {
  return {.interface = "near0", .addresses = {one(kPlayed), one(kPlayed6)}, .kept = {{kKept, kKept}}};
}

TEST(ResponderGuard, TellsHowToDoItByHand) {
  ResponderGuardPlan p = plan();
  p.kept.push_back({8000, 8009});
  p.addresses.insert(p.addresses.begin() + 1, Stretch{IpAddress::v4(0x0b000000), IpAddress::v4(0x0b0000ff)});
  EXPECT_EQ(ResponderGuard::by_hand(p),
            "  nft add table inet portolan\n"
            "  nft add chain inet portolan input '{ type filter hook input priority -300 ; }'\n"
            "  nft add rule inet portolan input iifname != \"near0\" accept\n"
            "  nft add rule inet portolan input icmpv6 type 130-137 accept\n"
            "  nft add rule inet portolan input ct state established,related accept\n"
            "  nft add rule inet portolan input meta l4proto '{ tcp, udp }' th dport '{ 22, 8000-8009 }' accept\n"
            "  nft add rule inet portolan input ip daddr '{ 10.9.0.1, 11.0.0.0-11.0.0.255 }' drop\n"
            "  nft add rule inet portolan input ip6 daddr '{ fd00:9::1 }' drop\n"
            "  nft delete table inet portolan    # afterwards\n");
}

TEST(ResponderGuard, RefusesAPlanThatGuardsNothing) {
  ResponderGuardPlan many = plan();
  many.addresses.clear();
  for (uint32_t i = 0; i <= ResponderGuard::kMostStretches; ++i) many.addresses.push_back(one(IpAddress::v4(2 * i)));
  ResponderGuardPlan none = plan();
  none.addresses.clear();
  ResponderGuardPlan nowhere = plan();
  nowhere.interface = "a-name-that-is-too-long";
  for (const auto& [bad, word] : {std::pair{many, "1025"}, std::pair{none, "no address"}, std::pair{nowhere, "name"}}) {
    const auto guard = ResponderGuard::raise(bad);
    ASSERT_FALSE(guard);
    EXPECT_NE(guard.error().find(word), std::string::npos) << guard.error();
  }
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error(std::string("no descriptor: ") + std::strerror(errno));
  }
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Place {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
Place place(const IpAddress& address, uint16_t port) {
  Place p;
  if (address.is_v4()) {
    auto* in = reinterpret_cast<sockaddr_in*>(&p.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    address.store_v4(reinterpret_cast<uint8_t*>(&in->sin_addr));
    p.size = sizeof *in;
  } else {
    auto* in = reinterpret_cast<sockaddr_in6*>(&p.storage);
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(port);
    address.store_v6(reinterpret_cast<uint8_t*>(&in->sin6_addr));
    p.size = sizeof *in;
  }
  return p;
}

class BetweenTwo : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    network_ = std::make_unique<base::testing::PrivateNetwork>();
    here_ = std::make_unique<Fd>(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    network_->run("ip link add near0 type veth peer name far0");
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    far_ = std::make_unique<Fd>(open("/proc/thread-self/ns/net", O_RDONLY));  // inherited by ip, which joins by it
    go(*here_);
    network_->run("ip link set far0 netns /proc/self/fd/" + std::to_string(far_->get()));
    for (const char* command : {"ip address add 10.9.0.1/24 dev near0", "ip address add 10.9.0.3/24 dev near0",
                                "ip address add fd00:9::1/64 dev near0 nodad", "ip link set near0 up"}) {
      network_->run(command);
    }
    go(*far_);
    for (const char* command : {"ip address add 10.9.0.2/24 dev far0", "ip address add fd00:9::2/64 dev far0 nodad",
                                "ip link set far0 up", "ip link set lo up"}) {
      network_->run(command);
    }
    go(*here_);
    for (const IpAddress& a : {kPlayed, kPlayed6, kOwn}) {
      listeners_.push_back(listener(a, kService));
      listeners_.push_back(listener(a, kKept));
    }
  }
  void TearDown() override {
    if (here_ != nullptr) go(*here_);
  }
  static void go(const Fd& where) { ASSERT_EQ(setns(where.get(), CLONE_NEWNET), 0); }

  static Fd listener(const IpAddress& address, uint16_t port) {
    Fd fd(socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Place p = place(address, port);
    if (bind(fd.get(), p.get(), p.size) != 0 || listen(fd.get(), 8) != 0) throw std::runtime_error("cannot listen");
    return fd;
  }
  // A socket that the stranger has begun to talk with.
  Fd attempt(int type, const IpAddress& to, uint16_t port) {
    go(*far_);
    Fd fd(socket(to.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    go(*here_);
    const Place p = place(to, port);
    connect(fd.get(), p.get(), p.size);
    if (type == SOCK_DGRAM) send(fd.get(), "x", 1, 0);
    return fd;
  }
  Fd echo(const IpAddress& to) {
    go(*far_);
    Fd fd(to.is_v4() ? socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)
                     : socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
    go(*here_);
    if (!to.is_v4()) {
      icmp6_filter only{};
      ICMP6_FILTER_SETBLOCKALL(&only);
      ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
      setsockopt(fd.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
    }
    const Place p = place(to, 0);
    connect(fd.get(), p.get(), p.size);
    uint8_t request[8] = {to.is_v4() ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST}, 0, 0, 0, 0, 1, 0, 1};
    if (to.is_v4()) request[2] = 0xf7, request[3] = 0xfd;
    send(fd.get(), request, sizeof request, 0);
    return fd;
  }
  // Whether the kernel here has said anything to it by now, or does so within `milliseconds`.
  static bool answered(const Fd& fd, int milliseconds, short event) {
    pollfd p = {.fd = fd.get(), .events = event, .revents = 0};
    return poll(&p, 1, milliseconds) == 1;
  }
  static bool connected(const Fd& fd) {
    int error = -1;
    socklen_t size = sizeof error;
    return answered(fd, kLong, POLLOUT) && getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }

  std::unique_ptr<base::testing::PrivateNetwork> network_;
  std::unique_ptr<Fd> here_;
  std::unique_ptr<Fd> far_;
  std::vector<Fd> listeners_;
};

TEST_F(BetweenTwo, TheKernelAnswersWithoutAGuard) {
  for (const IpAddress& a : {kPlayed, kPlayed6}) {
    EXPECT_TRUE(connected(attempt(SOCK_STREAM, a, kService)));
    EXPECT_TRUE(answered(attempt(SOCK_STREAM, a, kClosed), kLong, POLLIN));
    EXPECT_TRUE(answered(attempt(SOCK_DGRAM, a, kClosed), kLong, POLLIN));
    EXPECT_TRUE(answered(echo(a), kLong, POLLIN));
  }
}

TEST_F(BetweenTwo, TheKernelIsSilentForWhatIsPlayedAndKeepsTheRest) {
  const auto guard = ResponderGuard::raise(plan());
  ASSERT_TRUE(guard) << guard.error();
  // The tap of a responder: everything on the interface.
  const Fd tap(socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(0x0800)));
  for (const IpAddress& a : {kPlayed, kPlayed6}) {
    const Fd service = attempt(SOCK_STREAM, a, kService);
    const Fd closed = attempt(SOCK_STREAM, a, kClosed);
    const Fd datagram = attempt(SOCK_DGRAM, a, kClosed);
    const Fd ping = echo(a);
    // The link keeps order: once later attempts have been answered, these would have been too.
    EXPECT_TRUE(connected(attempt(SOCK_STREAM, a, kKept))) << "the kept port";
    EXPECT_TRUE(connected(attempt(SOCK_STREAM, kOwn, kService))) << "an address that is not played";
    EXPECT_TRUE(answered(attempt(SOCK_STREAM, kOwn, kClosed), kLong, POLLIN));
    EXPECT_TRUE(answered(echo(kOwn), kLong, POLLIN));
    EXPECT_FALSE(answered(service, 0, POLLOUT));
    EXPECT_FALSE(answered(closed, 0, POLLIN));
    EXPECT_FALSE(answered(datagram, 0, POLLIN));
    EXPECT_FALSE(answered(ping, 0, POLLIN));
  }
  bool seen = false;
  uint8_t packet[256];
  while (const ssize_t n = recv(tap.get(), packet, sizeof packet, 0)) {
    if (n < 0) break;
    seen = seen || (n >= 40 && packet[9] == IPPROTO_TCP && base::load_be16(packet + 22) == kService &&
                    base::load_be32(packet + 16) == kPlayed.v4_bits());
  }
  EXPECT_TRUE(seen) << "the responder sees what the kernel drops";
}

TEST_F(BetweenTwo, ConnectionsOfTheMachineItselfGoOn) {
  const auto guard = ResponderGuard::raise(plan());
  ASSERT_TRUE(guard) << guard.error();
  go(*far_);
  const Fd server = listener(kFar, kService);
  go(*here_);
  const Fd client(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const Place from = place(kPlayed, 0);
  ASSERT_EQ(bind(client.get(), from.get(), from.size), 0);
  const Place to = place(kFar, kService);
  connect(client.get(), to.get(), to.size);
  ASSERT_TRUE(connected(client));
  ASSERT_TRUE(answered(server, kLong, POLLIN));
  const Fd peer(accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_EQ(send(peer.get(), "word", 4, 0), 4);
  EXPECT_TRUE(answered(client, kLong, POLLIN));
  // And an error about a connection of the machine's own: the far port is closed.
  const Fd refused(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Place nowhere = place(kFar, kClosed);
  ASSERT_EQ(bind(refused.get(), from.get(), from.size), 0);
  connect(refused.get(), nowhere.get(), nowhere.size);
  send(refused.get(), "x", 1, 0);
  EXPECT_TRUE(answered(refused, kLong, POLLIN));
}

TEST_F(BetweenTwo, IsGoneWhenItsProcessIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto guard = ResponderGuard::raise(plan());
    const char word = guard ? 'y' : 'n';
    if (write(ready[1], &word, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char word = 0;
  ASSERT_EQ(read(ready[0], &word, 1), 1);
  close(ready[0]);
  close(ready[1]);
  ASSERT_EQ(word, 'y');
  const Fd unanswered = attempt(SOCK_STREAM, kPlayed, kClosed);
  EXPECT_TRUE(answered(attempt(SOCK_STREAM, kOwn, kClosed), kLong, POLLIN));
  EXPECT_FALSE(answered(unanswered, 0, POLLIN));
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(answered(attempt(SOCK_STREAM, kPlayed, kClosed), kLong, POLLIN));
  EXPECT_TRUE(connected(attempt(SOCK_STREAM, kPlayed, kService)));
}

TEST_F(BetweenTwo, HoldsManyStretchesAndStandsBesideAnother) {
  ResponderGuardPlan many = plan();
  many.addresses.clear();
  for (uint32_t i = 0; i < ResponderGuard::kMostStretches - 1; ++i) {
    const base::u128 first = kPlayed6.v6_bits() + 8 * base::u128{i};
    many.addresses.push_back({IpAddress::v6(first), IpAddress::v6(first + 3)});
  }
  many.addresses.insert(many.addresses.begin(), {IpAddress::v4(0), IpAddress::v4(UINT32_MAX)});
  const auto guard = ResponderGuard::raise(many);
  ASSERT_TRUE(guard) << guard.error();
  const auto other = ResponderGuard::raise(plan());
  ASSERT_TRUE(other) << other.error();
  EXPECT_NE(guard->table(), other->table());
  EXPECT_NE(guard->describe().find(guard->table()), std::string::npos);
  const Fd lowest = attempt(SOCK_STREAM, kPlayed6, kClosed);
  const Fd all4 = attempt(SOCK_STREAM, kOwn, kClosed);
  EXPECT_TRUE(connected(attempt(SOCK_STREAM, kOwn, kKept)));
  EXPECT_TRUE(connected(attempt(SOCK_STREAM, kPlayed6, kKept)));
  EXPECT_FALSE(answered(lowest, 0, POLLIN));
  EXPECT_FALSE(answered(all4, 0, POLLIN));
}

// What we tell people to type does the same as what we do.
TEST_F(BetweenTwo, TheCommandsByHandGuardAsWell) {
  const std::string commands = ResponderGuard::by_hand(plan());
  const size_t last = commands.find("  nft delete");
  ASSERT_EQ(std::system(("set -e\n" + commands.substr(0, last)).c_str()), 0) << commands;
  const Fd unanswered = attempt(SOCK_STREAM, kPlayed6, kClosed);
  EXPECT_TRUE(connected(attempt(SOCK_STREAM, kPlayed6, kKept)));
  EXPECT_FALSE(answered(unanswered, 0, POLLIN));
  ASSERT_EQ(std::system(commands.substr(last).c_str()), 0);
  EXPECT_TRUE(answered(attempt(SOCK_STREAM, kPlayed6, kClosed), kLong, POLLIN));
}

TEST_F(BetweenTwo, WithoutTheRightItSaysWhatWillHappenAndTheCure) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const auto guard = ResponderGuard::raise(plan());
    const bool told = !guard && guard.error().find("CAP_NET_ADMIN") != std::string::npos &&
                      guard.error().find("nft add table") != std::string::npos;
    _exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace portolan::host::responder_guard_test
