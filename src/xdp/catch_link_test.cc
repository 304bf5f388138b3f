// SPDX-License-Identifier: Apache-2.0
// The receiving kernel program on links of private networks: it takes what is ours, leaves the machine's own traffic
// alone, and nothing of it stays behind.
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <set>

#include "base/testing/private_network.h"
#include "wire/frame_view.h"
#include "wire/template.h"
#include "xdp/testing/catch_test_rig.h"

namespace portolan::xdp::catch_link_test {
namespace {

using addr::IpAddress;
using base::testing::PrivateNetwork;
using testing::CatchTest;
using testing::Frame;
using testing::Target;

constexpr IpAddress kNear = IpAddress::v4(0x0a090001), kFar = IpAddress::v4(0x0a090002);
constexpr uint16_t kOpenPort = 7777, kClosedPort = 7778;

// A program that passes everything, under a name.
int load_named(const char* name) {
  const bpf_insn take_all[] = {{0xb7, 0, 0, 0, 2}, {0x95, 0, 0, 0, 0}};
  return bpf_prog_load(BPF_PROG_TYPE_XDP, name, "Apache-2.0", take_all, 2, nullptr);
}

uint32_t attached_to(int interface) {
  uint32_t id = 0;
  EXPECT_EQ(bpf_xdp_query_id(interface, 0, &id), 0);
  return id;
}

int index_of(const char* name) { return static_cast<int>(if_nametoindex(name)); }

// Two hosts, each in a namespace of its own, with a link between them: 10.9.0.1 on "near" and 10.9.0.2 on "far", whose
// kernel answers. The thread is near unless it goes to the other.
class TwoHosts : public CatchTest {
 protected:
  void SetUp() override {
    if (const std::string reason = PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    CatchTest::SetUp();
    if (IsSkipped()) return;
    far_network_.emplace();
    far_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    near_network_.emplace();
    near_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    near_network_->add_veth("near", "far");
    near_network_->run("ip addr add 10.9.0.1/24 dev near");
    near_network_->run("ip link set far netns /proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(far_));
    go(far_);
    far_network_->run("ip addr add 10.9.0.2/24 dev far");
    far_network_->run("ip link set far up");
    far_index_ = index_of("far");
    let_far_take_answers();
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in at = address(kFar, kOpenPort);
    ASSERT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0) << strerror(errno);
    ASSERT_EQ(listen(listener_, 8), 0);
    wire_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    sockaddr_ll to{};
    to.sll_family = AF_PACKET, to.sll_protocol = htons(ETH_P_ALL), to.sll_ifindex = far_index_;
    ASSERT_EQ(bind(wire_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    far_mac_ = mac_of("far");
    go(near_);
    near_index_ = index_of("near");
    options_.ours = {kNear};
    options_.trust_checksums = true;
  }
  void TearDown() override {
    program_.reset();
    for (const int fd : {listener_, wire_, far_link_, near_, far_}) {
      if (fd >= 0) close(fd);
    }
    near_network_.reset();
    far_network_.reset();
    CatchTest::TearDown();
  }
  static void go(int network) { ASSERT_EQ(setns(network, CLONE_NEWNET), 0) << strerror(errno); }
  static sockaddr_in address(const IpAddress& a, uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET, out.sin_addr.s_addr = htonl(a.v4_bits()), out.sin_port = htons(port);
    return out;
  }
  static addr::MacAddress mac_of(const std::string& interface) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(ioctl(s, SIOCGIFHWADDR, &request), 0);
    close(s);
    uint8_t bytes[6];
    memcpy(bytes, request.ifr_hwaddr.sa_data, sizeof bytes);
    return addr::MacAddress::from_bytes(bytes);
  }
  // A veth takes an answer of its peer's driver only when it has a program of its own: this one takes all.
  void let_far_take_answers() {
    const int program = testing::load_take_all();
    ASSERT_GE(program, 0);
    far_link_ = bpf_link_create(program, far_index_, BPF_XDP, nullptr);
    close(program);
    ASSERT_GE(far_link_, 0) << strerror(errno);
  }
  void attach(CatchMode mode = CatchMode::kAuto) {
    load();
    const auto attached = program_->attach(near_index_, mode);
    ASSERT_TRUE(attached.has_value()) << attached.error();
  }
  // Sends a probe of ours as a scan would.
  void probe(const wire::Template& shape, uint16_t our_port, uint16_t their_port, uint32_t token) {
    wire::Stamp s{};
    s.destination = kFar, s.destination_mac = far_mac_;
    s.source_port = our_port, s.destination_port = their_port;
    s.token = token, s.ip_id = 7;
    Frame frame(shape.length());
    shape.stamp(frame.data(), s);
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET, to.sll_ifindex = near_index_;
    EXPECT_EQ(sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(frame.size()));
    close(fd);
  }
  void probe_tcp(uint16_t port) {
    const Target t(options_, kNear, kFar, port);
    const wire::LinkShape link{wire::LinkType::kEthernet, mac_of("near"), {}};
    probe(wire::Template::tcp_syn(link, {kNear, 64}, {}), t.our_port(), port, t.tcp_cookie().token);
  }
  // The records that come within two seconds, until there are so many.
  std::vector<Caught> await(size_t count) {
    std::vector<Caught> all;
    for (int tries = 0; all.size() < count && tries < 2000; ++tries) {
      pollfd wait{program_->ring_fd(), POLLIN, 0};
      if (all.empty()) poll(&wait, 1, 1);
      for (const Caught& c : take()) all.push_back(c);
    }
    return all;
  }
  // The first reset that far's wire sees within two seconds.
  std::optional<Frame> await_reset() {
    for (int i = 0; i < 200; ++i) {
      pollfd wait{wire_, POLLIN, 0};
      if (poll(&wait, 1, 2000) <= 0) break;
      Frame got(2048);
      const ssize_t n = recv(wire_, got.data(), got.size(), 0);
      if (n <= 0) break;
      got.resize(static_cast<size_t>(n));
      const auto view = wire::FrameView::check(got, wire::LinkType::kEthernet, true);
      if (view && view->transport() == wire::FrameView::Transport::kTcp && view->tcp().is_rst()) return got;
    }
    return std::nullopt;
  }
  // The machine's own connection to far, both ways.
  void connect_and_talk() {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in to = address(kFar, kOpenPort);
    ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0) << strerror(errno);
    const int server = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::string said(100'000, 'x');
    std::string heard;
    size_t written = 0;
    while (heard.size() < said.size()) {
      if (written < said.size()) written += static_cast<size_t>(write(client, &said[written], said.size() - written));
      char bytes[65536];
      const ssize_t n = recv(server, bytes, sizeof bytes, 0);
      ASSERT_GT(n, 0);
      heard.append(bytes, static_cast<size_t>(n));
    }
    EXPECT_EQ(write(server, "ok", 2), 2);
    char bytes[2];
    EXPECT_EQ(recv(client, bytes, 2, MSG_WAITALL), 2);
    close(server);
    close(client);
  }

  std::optional<PrivateNetwork> far_network_, near_network_;
  int far_ = -1, near_ = -1, listener_ = -1, wire_ = -1, far_link_ = -1;
  int far_index_ = 0, near_index_ = 0;
  addr::MacAddress far_mac_;
};

TEST_F(TwoHosts, AScanOfARealHostFindsWhatIsThere) {
  for (const CatchMode mode : {CatchMode::kDriver, CatchMode::kGeneric}) {
    attach(mode);
    EXPECT_EQ(program_->in_driver(), mode == CatchMode::kDriver);
    probe_tcp(kOpenPort);
    probe_tcp(kClosedPort);
    const Target t(options_, kNear, kFar);
    const wire::LinkShape link{wire::LinkType::kEthernet, mac_of("near"), {}};
    probe(wire::Template::icmp_echo(link, {kNear, 64}), 0, 0, t.echo_cookie().token);
    std::set<std::pair<int, int>> found;
    for (const Caught& c : await(3)) found.insert({c.what, c.port});
    EXPECT_EQ(found, (std::set<std::pair<int, int>>{
                         {kCaughtSynAck, kOpenPort}, {kCaughtRst, kClosedPort}, {kCaughtEchoReply, 0}}));
    const auto reset = await_reset();
    ASSERT_TRUE(reset.has_value()) << "far sees the reset of its half-open connection";
    const auto view = wire::FrameView::check(*reset, wire::LinkType::kEthernet, false);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->tcp().destination_port(), kOpenPort);
    EXPECT_EQ(view->destination_mac(), far_mac_);
    EXPECT_EQ(program_->counters()[kCatchResets], 1u);
    program_.reset();
    while (recv(wire_, nullptr, 0, MSG_DONTWAIT) >= 0) {
    }
  }
}

TEST_F(TwoHosts, TheMachinesOwnTrafficIsUnharmed) {
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "20000 29999";
  for (const CatchMode mode : {CatchMode::kDriver, CatchMode::kGeneric}) {
    attach(mode);
    connect_and_talk();
    near_network_->run("ping -q -c 2 -i 0.01 -W 2 10.9.0.2");
    near_network_->run("ip neigh flush dev near");
    near_network_->run("ping -q -c 1 -W 2 10.9.0.2");
    const CatchCounts counts = program_->counters();
    EXPECT_EQ(counts[kCatchRecorded], 0u);
    EXPECT_GT(counts[kCatchPassed], 5u);
    program_->detach();
    connect_and_talk();
    near_network_->run("ping -q -c 1 -W 2 10.9.0.2");
    EXPECT_EQ(program_->counters()[kCatchPassed], counts[kCatchPassed]) << "it sees nothing any more";
  }
}

TEST_F(TwoHosts, DetachesWhenItIsClosed) {
  attach();
  EXPECT_TRUE(program_->is_attached());
  EXPECT_TRUE(program_->in_driver());
  EXPECT_NE(attached_to(near_index_), 0u);
  program_->detach();
  EXPECT_FALSE(program_->is_attached());
  EXPECT_EQ(attached_to(near_index_), 0u);
  EXPECT_TRUE(program_->attach(near_index_).has_value()) << "the place is free again";
  program_.reset();
  EXPECT_EQ(attached_to(near_index_), 0u);
}

TEST_F(TwoHosts, NothingStaysBehindOfAProcessThatIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto program = CatchProgram::load(options_);
    const bool attached = program && program->attach(near_index_).has_value();
    if (write(ready[1], attached ? "y" : "n", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_NE(attached_to(near_index_), 0u);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  for (int i = 0; i < 2000 && attached_to(near_index_) != 0; ++i) usleep(1000);
  EXPECT_EQ(attached_to(near_index_), 0u);
  close(ready[0]), close(ready[1]);
  near_network_->run("ping -q -c 1 -W 2 10.9.0.2");
}

TEST_F(TwoHosts, AnotherProgramIsNamedAndLeftAlone) {
  load();
  for (const char* name : {"somebody", "xdp_dispatcher"}) {
    const int other = load_named(name);
    ASSERT_GE(other, 0) << strerror(errno);
    for (const bool by_link : {false, true}) {
      const int link = by_link ? bpf_link_create(other, near_index_, BPF_XDP, nullptr)
                               : bpf_xdp_attach(near_index_, other, 0, nullptr);
      ASSERT_GE(link, 0) << strerror(errno);
      const uint32_t id = attached_to(near_index_);
      for (const CatchMode mode : {CatchMode::kAuto, CatchMode::kDriver, CatchMode::kGeneric}) {
        const auto attached = program_->attach(near_index_, mode);
        ASSERT_FALSE(attached.has_value());
        EXPECT_NE(attached.error().find(name), std::string::npos) << attached.error();
        EXPECT_NE(attached.error().find("near"), std::string::npos) << attached.error();
        const bool is_dispatcher = std::string_view(name) == "xdp_dispatcher";
        EXPECT_NE(attached.error().find(is_dispatcher ? "xdp-loader unload" : "xdpdrv off"), std::string::npos)
            << attached.error();
        EXPECT_EQ(attached_to(near_index_), id);
      }
      if (by_link) {
        close(link);
      } else {
        bpf_xdp_detach(near_index_, 0, nullptr);
      }
    }
    close(other);
  }
}

TEST_F(TwoHosts, SaysWhyItDoesNotRunInTheDriver) {
  load();
  const int plain = index_of("lo");
  ASSERT_FALSE(program_->attach(plain, CatchMode::kDriver).has_value());
  const auto attached = program_->attach(plain);
  ASSERT_TRUE(attached.has_value()) << attached.error();
  EXPECT_FALSE(program_->in_driver());
  EXPECT_NE(program_->generic_reason().find("the driver does not take it"), std::string::npos)
      << program_->generic_reason();
  program_->detach();
  EXPECT_FALSE(program_->attach(4711).has_value());
  if (access("/dev/net/tun", R_OK | W_OK) != 0) return;
  near_network_->run("ip tuntap add bare mode tun");
  const auto bare = program_->attach(index_of("bare"));
  ASSERT_FALSE(bare.has_value());
  EXPECT_NE(bare.error().find("Ethernet"), std::string::npos) << bare.error();
}

}  // namespace
}  // namespace portolan::xdp::catch_link_test
