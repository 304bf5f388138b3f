// SPDX-License-Identifier: Apache-2.0
// What PacketPort and RawIpPort do with a real kernel around them, in a namespace of the test's own.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/testing/private_network.h"
#include "pktio/packet_port.h"
#include "pktio/raw_ip_port.h"
#include "pktio/testing/frames.h"

namespace portolan::pktio::kernel_ports_test {
namespace {

using testing::Frame;
using testing::kFar;
using testing::kNear;
using testing::make_frame;
using testing::make_ip;

constexpr wire::LinkType kEthernet = wire::LinkType::kEthernet;

KernelPortOptions options_for(const std::string& interface) {
  KernelPortOptions options;
  options.interface_name = interface;
  options.interface_index = static_cast<int>(if_nametoindex(interface.c_str()));
  options.filter.v4 = {kNear};
  options.filter.first_port = testing::kOurPort;
  options.filter.last_port = testing::kOurPort + 9;
  options.ring = RingSize::small();
  return options;
}

// Frames in one burst.
void send(Port& port, const std::vector<Frame>& frames) {
  const std::span<TxSlot> slots = port.acquire(frames.size());
  ASSERT_EQ(slots.size(), frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    std::copy(frames[i].begin(), frames[i].end(), slots[i].data);
    slots[i].length = static_cast<uint16_t>(frames[i].size());
  }
  port.commit(frames.size());
}

// Waits until `count` frames are there, two seconds at most.
std::vector<Frame> receive(Port& port, size_t count) {
  std::vector<Frame> frames;
  while (frames.size() < count) {
    pollfd readable = {.fd = port.wait_fd(), .events = POLLIN, .revents = 0};
    const std::span<const RxFrame> some = port.receive(count - frames.size());
    for (const RxFrame& f : some) frames.emplace_back(f.bytes.begin(), f.bytes.end());
    if (some.empty() && poll(&readable, 1, 2000) != 1) break;
  }
  return frames;
}

class KernelPorts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    network_ = std::make_unique<base::testing::PrivateNetwork>();
    network_->add_veth("near", "far");
  }
  template <class PortType>
  std::unique_ptr<PortType> open(const KernelPortOptions& options) {
    auto port = PortType::open(options);
    if (!port) throw std::runtime_error(port.error());
    return std::move(*port);
  }

  std::unique_ptr<base::testing::PrivateNetwork> network_;
};

TEST_F(KernelPorts, OnlyWhatTheFilterWantsArrives) {
  auto near = open<PacketPort>(options_for("near"));
  auto far = open<PacketPort>(options_for("far"));
  Frame fragment = make_frame(kEthernet, 4);
  fragment[14 + 6] = 0x20;
  Frame arp = make_frame(kEthernet, 5);
  base::store_be16(&arp[12], 0x0806);
  send(*far, {make_frame(kEthernet, 1, {.destination = kFar}), make_frame(kEthernet, 2, {.destination_port = 60999}),
              make_frame(kEthernet, 3, {.destination_port = 61010}), fragment, arp, make_frame(kEthernet, 6)});
  const std::vector<Frame> frames = receive(*near, 1);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0], make_frame(kEthernet, 6)) << "sent last, so the others would have come before it";
  EXPECT_EQ(near->stats().received, 1u);
  EXPECT_EQ(far->stats().sent, 6u);
}

TEST_F(KernelPorts, OwnFramesAreNotHeard) {
  auto near = open<PacketPort>(options_for("near"));
  auto far = open<PacketPort>(options_for("far"));
  send(*near, {make_frame(kEthernet, 1)});
  send(*far, {make_frame(kEthernet, 2)});
  EXPECT_EQ(receive(*near, 1), std::vector<Frame>{make_frame(kEthernet, 2)});
}

TEST_F(KernelPorts, AVlanTagIsPutBack) {
  auto near = open<PacketPort>(options_for("near"));
  auto far = open<PacketPort>(options_for("far"));
  Frame tagged = make_frame(kEthernet, 1);
  const uint8_t tag[] = {0x81, 0x00, 0x60, 0x2a};  // priority 3, VLAN 42
  tagged.insert(tagged.begin() + 12, std::begin(tag), std::end(tag));
  send(*far, {make_frame(kEthernet, 0), tagged, make_frame(kEthernet, 2)});
  const std::vector<Frame> frames = receive(*near, 3);
  EXPECT_EQ(frames, (std::vector<Frame>{make_frame(kEthernet, 0), tagged, make_frame(kEthernet, 2)}));
}

TEST_F(KernelPorts, UnfinishedChecksumsAreTold) {
  network_->run("ip address add 192.0.2.2/24 dev far");
  network_->run("ip link set far arp on");
  network_->run("ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev far");
  auto near = open<PacketPort>(options_for("near"));
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(testing::kOurPort);
  to.sin_addr.s_addr = htonl(kNear);
  ASSERT_EQ(sendto(fd, "hello", 5, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 5);
  close(fd);
  for (;;) {
    const std::span<const RxFrame> frames = near->receive(1);
    if (!frames.empty()) {
      EXPECT_TRUE(frames[0].checksum_partial) << "a kernel's own datagram, over veth";
      break;
    }
    pollfd readable = {.fd = near->wait_fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&readable, 1, 2000), 1) << "the datagram did not arrive";
  }
}

TEST_F(KernelPorts, AFullRingLosesFramesAndCountsThem) {
  auto near = open<PacketPort>(options_for("near"));
  auto far = open<PacketPort>(options_for("far"));
  constexpr uint64_t kFrames = 4000;  // of 1,400 bytes: some 5.6 MB, for a ring of 256 KiB
  for (uint64_t i = 0; i < kFrames; i += 100) {
    send(*far, std::vector<Frame>(100, make_frame(kEthernet, 1, {.payload = 1358})));
  }
  const uint64_t sent = far->stats().sent;
  EXPECT_EQ(sent, kFrames);
  uint64_t got = 0;
  for (size_t some = 1; some != 0; got += some) some = near->receive(1000).size();
  EXPECT_GT(got, 0u);
  EXPECT_LT(got, sent);
  EXPECT_EQ(got + near->stats().receive_dropped, sent) << "each was received or counted as lost";
  EXPECT_EQ(near->stats().receive_dropped, sent - got) << "reading the figure does not reset it";
}

// Ports 61000 to 61009, dealt to three.
TEST_F(KernelPorts, AFanoutDealsAnswersByPortAndTheRestToTheFirst) {
  std::vector<std::unique_ptr<PacketPort>> members;
  for (uint16_t m = 0; m < 3; ++m) {
    KernelPortOptions options = options_for("near");
    options.filter.want_arp = true;
    options.fanout = Fanout{m == 0 ? uint16_t{0} : members[0]->fanout_group(), m, 3, 61000, 61009};
    members.push_back(open<PacketPort>(options));
  }
  auto far = open<PacketPort>(options_for("far"));
  Frame arp = make_frame(kEthernet, 99);
  base::store_be16(&arp[12], 0x0806);
  Frame ping = make_frame(kEthernet, 98);
  ping[14 + 9] = 1;
  Frame tagged = make_frame(kEthernet, 9, {.destination_port = 61009});
  const uint8_t tag[] = {0x81, 0x00, 0x00, 0x2a};
  tagged.insert(tagged.begin() + 12, std::begin(tag), std::end(tag));
  std::vector<std::vector<Frame>> shares(3);
  std::vector<Frame> all;
  for (uint16_t offset = 0; offset < 10; ++offset) {
    const Frame frame = make_frame(kEthernet, offset, {.destination_port = static_cast<uint16_t>(61000 + offset)});
    all.push_back(offset == 9 ? tagged : frame);
    shares[fanout_member(offset, 3, 10)].push_back(all.back());
  }
  for (const Frame& other : {arp, ping}) {
    all.push_back(other);
    shares[0].push_back(other);
  }
  send(*far, all);
  for (size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(receive(*members[m], shares[m].size()), shares[m]) << m;
    EXPECT_EQ(members[m]->stats().received, shares[m].size());
  }
}

TEST_F(KernelPorts, GroupsOfAFanoutAreApart) {
  KernelPortOptions options = options_for("near");
  options.fanout = Fanout{.count = 2, .first_port = 61000, .last_port = 61009};
  auto one = open<PacketPort>(options);
  auto other = open<PacketPort>(options);
  EXPECT_NE(one->fanout_group(), other->fanout_group());
  auto far = open<PacketPort>(options_for("far"));
  send(*far, {make_frame(kEthernet, 5)});
  EXPECT_EQ(receive(*one, 1).size(), 1u) << "each group has every frame once";
  EXPECT_EQ(receive(*other, 1).size(), 1u);
}

TEST_F(KernelPorts, FramesTheKernelWillNotTakeAreRefusedOneByOne) {
  auto near = open<PacketPort>(options_for("near"));
  network_->run("ip link set near mtu 600");
  send(*near, {make_frame(kEthernet, 1), make_frame(kEthernet, 2, {.payload = 1000}), make_frame(kEthernet, 3)});
  EXPECT_EQ(near->stats().sent, 2u);
  EXPECT_EQ(near->stats().send_refused, 1u);
  network_->run("ip link set near down");
  send(*near, {make_frame(kEthernet, 1), make_frame(kEthernet, 2)});
  EXPECT_EQ(near->stats().sent, 2u);
  EXPECT_EQ(near->stats().send_refused, 3u);
  EXPECT_EQ(near->stats().sent_bytes, 2 * make_frame(kEthernet, 1).size());
}

TEST_F(KernelPorts, AForeignMacIsHeardWhenAskedFor) {
  KernelPortOptions options = options_for("near");
  options.listen_macs = {{0x02, 0, 0, 0, 0, 0x77}, {0x33, 0x33, 0, 0, 0, 0x99}};
  options.filter.v6 = {base::make_u128(0x20010db800000000u, 0x1234567)};
  options.filter.want_ndp = true;
  auto near = open<PacketPort>(options);
  // The kernel's own account of what the device listens to.
  FILE* out = popen("ip maddress show dev near", "r");
  std::string groups;
  for (char line[256]; fgets(line, sizeof line, out) != nullptr;) groups += line;
  pclose(out);
  EXPECT_NE(groups.find("33:33:00:00:00:99"), std::string::npos) << groups;
  EXPECT_NE(groups.find("33:33:ff:23:45:67"), std::string::npos) << "the solicited-node group\n" << groups;
}

TEST_F(KernelPorts, OpeningSaysWhatIsWrong) {
  KernelPortOptions options = options_for("near");
  options.interface_index = 9999;
  options.interface_name = "gone";
  const auto port = PacketPort::open(options);
  ASSERT_FALSE(port);
  EXPECT_NE(port.error().find("gone"), std::string::npos) << port.error();
  const auto raw = RawIpPort::open(options);
  ASSERT_FALSE(raw);
  EXPECT_NE(raw.error().find("gone"), std::string::npos) << raw.error();
}

Frame udp_v6(const char* from, const char* to) {
  Frame f(40 + 8 + 4);
  f[0] = 0x60;
  base::store_be16(&f[4], 12);
  f[6] = 17;
  f[7] = 64;
  inet_pton(AF_INET6, from, &f[8]);
  inet_pton(AF_INET6, to, &f[24]);
  base::store_be16(&f[40], 53);
  base::store_be16(&f[42], testing::kOurPort);
  base::store_be16(&f[44], 12);
  base::store_be16(&f[46], 0xbeef);  // the kernel carries it as it is
  return f;
}

// Every way of naming this machine: 127/8, ::1, and addresses of its other interfaces.
TEST_F(KernelPorts, LoopbackReachesAllOwnAddresses) {
  network_->run("ip address add 192.0.2.1/24 dev near");
  network_->run("ip -6 address add 2001:db8::1/64 dev near nodad");
  KernelPortOptions options = options_for("lo");
  options.filter.v4 = {kNear, 0x7f000001};
  options.filter.v6 = {1, base::make_u128(0x20010db800000000u, 1)};
  options.filter.want_icmp = false;  // nobody listens on the port, and the kernel says so
  auto port = open<RawIpPort>(options);
  const std::vector<Frame> sent = {make_ip(1, {.source = 0x7f000001, .destination = 0x7f000001}),
                                   make_ip(2, {.source = kNear, .destination = kNear}), udp_v6("::1", "::1"),
                                   udp_v6("2001:db8::1", "2001:db8::1"),
                                   make_ip(3, {.source = 0x7f000001, .destination = 0x7f000001})};
  send(*port, sent);
  EXPECT_EQ(port->stats().sent, sent.size());
  EXPECT_EQ(receive(*port, sent.size()), sent);
}

TEST_F(KernelPorts, LoopbackLetsNothingOut) {
  network_->run("ip address add 192.0.2.1/24 dev near");
  network_->run("ip -6 address add 2001:db8::1/64 dev near nodad");
  for (const char* neighbour : {"192.0.2.2", "2001:db8::2"}) {
    network_->run(std::string("ip neighbour add ") + neighbour + " lladdr 02:00:00:00:00:02 dev near");
  }
  KernelPortOptions far_options = options_for("far");
  far_options.filter.v4 = {kFar};
  far_options.filter.v6 = {base::make_u128(0x20010db800000000u, 2)};
  auto far = open<PacketPort>(far_options);
  auto near = open<PacketPort>(options_for("near"));
  auto loopback = open<RawIpPort>(options_for("lo"));
  send(*loopback, {make_ip(1, {.source = kNear, .destination = kFar}), udp_v6("2001:db8::1", "2001:db8::2")});
  send(*near, {make_frame(kEthernet, 3, {.source = kNear, .destination = kFar})});
  const std::vector<Frame> arrived = receive(*far, 1);
  ASSERT_EQ(arrived.size(), 1u);
  EXPECT_EQ(testing::number_of(kEthernet, arrived[0]), 3u) << "sent last, and nothing came before it";
}

TEST_F(KernelPorts, WhatIsNoIpPacketIsRefused) {
  auto port = open<RawIpPort>(options_for("lo"));
  Frame odd = make_ip(1);
  odd[0] = 0x55;
  const Frame short_v4(19, 0x45);
  const Frame short_v6(39, 0x60);
  const Frame good = make_ip(2, {.source = 0x7f000001, .destination = 0x7f000001});
  send(*port, {odd, good, short_v4, short_v6, good, Frame()});
  EXPECT_EQ(port->stats().sent, 2u);
  EXPECT_EQ(port->stats().send_refused, 4u);
}

// The far end of a tun link, which a program holds.
class TunEnd {
 public:
  explicit TunEnd(const char* name) : fd_(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)) {
    ifreq request{};
    std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    ready_ = fd_ >= 0 && ioctl(fd_, TUNSETIFF, &request) == 0;
  }
  ~TunEnd() { close(fd_); }
  TunEnd(const TunEnd&) = delete;
  TunEnd& operator=(const TunEnd&) = delete;

  bool ready() const { return ready_; }
  bool put(const Frame& packet) const {
    return write(fd_, packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
  }
  Frame take() const {
    Frame packet(2000);
    pollfd readable = {.fd = fd_, .events = POLLIN, .revents = 0};
    const ssize_t bytes = poll(&readable, 1, 2000) == 1 ? read(fd_, packet.data(), packet.size()) : 0;
    packet.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
    return packet;
  }

 private:
  int fd_;
  bool ready_ = false;
};

TEST_F(KernelPorts, ATunLinkCarriesBothWays) {
  const TunEnd tun("tun9");
  if (!tun.ready()) GTEST_SKIP() << "this machine has no tun device";
  network_->run("ip link set dev tun9 addrgenmode none");
  network_->run("ip link set tun9 up");
  network_->run("ip address add 192.0.2.1 peer 192.0.2.2 dev tun9");
  auto port = open<RawIpPort>(options_for("tun9"));
  const Frame out = make_ip(1, {.source = kNear, .destination = kFar});
  const Frame beyond =
      make_ip(2, {.source = kNear, .destination = 0x08080808});  // no route: tied to the link all the same
  send(*port, {out, beyond});
  EXPECT_EQ(tun.take(), out);
  EXPECT_EQ(tun.take(), beyond);
  ASSERT_TRUE(tun.put(make_ip(3)));
  EXPECT_EQ(receive(*port, 1), std::vector<Frame>{make_ip(3)});
}

}  // namespace
}  // namespace portolan::pktio::kernel_ports_test
