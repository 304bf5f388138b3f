// SPDX-License-Identifier: Apache-2.0
// What XskPort does with a real kernel around it, in a namespace of the test's own, beyond the contract of all ports.
#include "pktio/xsk_port.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cstring>

#include "base/testing/private_network.h"
#include "pktio/joined_port.h"
#include "pktio/packet_port.h"
#include "pktio/testing/frames.h"
#include "pktio/testing/xsk_program.h"

namespace portolan::pktio::xsk_port_test {
namespace {

using testing::Frame;
using testing::make_frame;

constexpr wire::LinkType kEthernet = wire::LinkType::kEthernet;

XskOptions small(const std::string& interface) {
  return {.interface_name = interface, .send_frames = 512, .receive_frames = 256, .burst = 128};
}

size_t send(Port& port, const std::vector<Frame>& frames) {
  const std::span<TxSlot> slots = port.acquire(frames.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    std::copy(frames[i].begin(), frames[i].end(), slots[i].data);
    slots[i].length = static_cast<uint16_t>(frames[i].size());
  }
  port.commit(slots.size());
  return slots.size();
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

class XskPorts : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string reason = base::testing::PrivateNetwork::why_not();
    if (reason.empty()) reason = testing::XskProgram::why_not();
    if (!reason.empty()) GTEST_SKIP() << reason;
    network_ = std::make_unique<base::testing::PrivateNetwork>();
    network_->add_veth("near", "far");
  }
  static std::unique_ptr<XskPort> open(const XskOptions& options) {
    auto port = XskPort::open(options);
    if (!port) throw std::runtime_error(port.error());
    return std::move(*port);
  }
  static std::unique_ptr<PacketPort> open_packet(const std::string& interface) {
    KernelPortOptions options;
    options.interface_name = interface;
    options.interface_index = static_cast<int>(if_nametoindex(interface.c_str()));
    options.filter.everything = true;
    options.ring = RingSize::small();
    auto port = PacketPort::open(options);
    if (!port) throw std::runtime_error(port.error());
    return std::move(*port);
  }

  std::unique_ptr<base::testing::PrivateNetwork> network_;
};

TEST_F(XskPorts, TellsWhichModeItGotAndWhy) {
  const auto port = open(small("near"));
  EXPECT_FALSE(port->zero_copy()) << "a veth has none";
  EXPECT_NE(port->copy_reason().find("not supported"), std::string::npos) << port->copy_reason();
  EXPECT_EQ(port->queue(), 0u);
  XskOptions options = small("far");
  options.mode = XskMode::kZeroCopy;
  const auto none = XskPort::open(options);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().find("queue 0 of far"), std::string::npos) << none.error();
  options.mode = XskMode::kCopy;
  EXPECT_EQ(open(options)->copy_reason(), "");
}

TEST_F(XskPorts, OpeningSaysWhatIsWrong) {
  XskOptions options = small("gone");
  ASSERT_FALSE(XskPort::open(options));
  EXPECT_NE(XskPort::open(options).error().find("gone"), std::string::npos);
  options = small("near");
  options.queue = 99;
  ASSERT_FALSE(XskPort::open(options));
  options = small("near");
  options.send_frames = 300;
  ASSERT_FALSE(XskPort::open(options));
  EXPECT_NE(XskPort::open(options).error().find("powers of two"), std::string::npos);
}

TEST_F(XskPorts, AQueueThatWasJustLeftIsWaitedForAndOneInUseIsNot) {
  auto one = open(small("near"));
  one.reset();
  one = open(small("near"));
  const auto other = XskPort::open(small("near"));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().find("another AF_XDP socket"), std::string::npos) << other.error();
}

TEST_F(XskPorts, FramesSentArriveWholeAndInOrder) {
  auto near = open(small("near"));
  auto far = open_packet("far");
  std::vector<Frame> sent;
  for (uint32_t i = 0; i < 2000; ++i) sent.push_back(make_frame(kEthernet, i, {.payload = 4 + i * 7 % 1450}));
  std::vector<Frame> got;
  for (size_t i = 0; i < sent.size();) {  // more than there are frames: each goes out several times
    const size_t n = send(*near, {sent.begin() + static_cast<ptrdiff_t>(i),
                                  sent.begin() + static_cast<ptrdiff_t>(std::min(i + 100, sent.size()))});
    for (const Frame& f : receive(*far, n)) got.push_back(f);
    i += n;
  }
  EXPECT_EQ(got, sent);
  EXPECT_EQ(near->stats().sent, sent.size());
  EXPECT_EQ(near->stats().send_refused, 0u);
}

TEST_F(XskPorts, WhatFindsNoFrameIsCountedAsLost) {
  const testing::XskProgram program("near");
  auto near = open(small("near"));
  program.add(near->queue(), near->socket_fd());
  auto far = open_packet("far");
  for (int burst = 0; burst < 10; ++burst) send(*far, std::vector<Frame>(100, make_frame(kEthernet, 1)));
  ASSERT_EQ(far->stats().sent, 1000u);
  EXPECT_EQ(receive(*near, 256).size(), 256u);
  EXPECT_TRUE(near->receive(1000).empty()) << "as many as there are frames to receive into";
  EXPECT_EQ(near->stats().received + near->stats().receive_dropped, 1000u);
  EXPECT_EQ(near->stats().receive_dropped, 744u) << "reading the figure does not reset it";
  send(*far, std::vector<Frame>(100, make_frame(kEthernet, 2)));
  EXPECT_EQ(receive(*near, 100).size(), 100u) << "frames given back are filled again";
}

TEST_F(XskPorts, ALinkThatIsDownRefusesAndWhatItRefusedIsNeverSent) {
  auto near = open(small("near"));
  auto far = open_packet("far");
  send(*near, {make_frame(kEthernet, 1)});
  network_->run("ip link set near down");
  for (uint32_t burst = 0; burst < 20; ++burst) send(*near, std::vector<Frame>(100, make_frame(kEthernet, 2)));
  EXPECT_EQ(near->stats().sent, 1u);
  EXPECT_EQ(near->stats().send_refused, 2000u);
  network_->run("ip link set near up");
  send(*near, {make_frame(kEthernet, 3), make_frame(kEthernet, 4)});
  const std::vector<Frame> expected = {make_frame(kEthernet, 1), make_frame(kEthernet, 3), make_frame(kEthernet, 4)};
  EXPECT_EQ(receive(*far, 3), expected);
  EXPECT_EQ(near->stats().sent, 3u);
  EXPECT_EQ(near->stats().sent_bytes, 3 * expected[0].size());
}

// A tap device throws away what its reader does not take: 500 frames fit, by its default.
TEST_F(XskPorts, WhatTheDriverThrowsAwayIsRefusedFrameByFrame) {
  const base::UniqueFd tap(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  ifreq request{};
  std::strncpy(request.ifr_name, "tap9", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (!tap || ioctl(tap.get(), TUNSETIFF, &request) != 0) GTEST_SKIP() << "this machine has no tap device";
  network_->run("ip link set dev tap9 addrgenmode none");
  network_->run("ip link set tap9 txqueuelen 500 up");
  XskOptions options = small("tap9");
  options.send_frames = 2048;
  auto port = open(options);
  uint64_t committed = 0;
  for (uint32_t burst = 0; burst < 15; ++burst) {
    committed += send(*port, std::vector<Frame>(99, make_frame(kEthernet, burst)));
    EXPECT_EQ(port->stats().sent + port->stats().send_refused, committed);
  }
  EXPECT_EQ(port->stats().sent, 500u);
  EXPECT_EQ(port->stats().sent_bytes, 500 * make_frame(kEthernet, 0).size());
  uint64_t left = 0;
  for (Frame buffer(2000); read(tap.get(), buffer.data(), buffer.size()) > 0;) ++left;
  EXPECT_EQ(left, 500u) << "what was counted as sent is what was there to be read";
  send(*port, {make_frame(kEthernet, 1)});
  EXPECT_EQ(port->stats().sent, 501u);
}

// Frames that never leave: a macvlan hands them to a queue that lets one through in a while.
TEST_F(XskPorts, AWayOutThatStaysFullIsNotWaitedForForEver) {
  try {
    network_->run("ip link add link near name slow type macvlan");
    network_->run("ip link set dev slow addrgenmode none up");
    network_->run("tc qdisc add dev near root tbf rate 8bit burst 2000 limit 10mb");
  } catch (const std::runtime_error& e) {
    GTEST_SKIP() << e.what();
  }
  auto port = open(small("slow"));
  const std::vector<Frame> burst(100, make_frame(kEthernet, 1));
  uint64_t committed = 0;
  for (size_t n = 1; n != 0; committed += n) n = send(*port, burst);
  EXPECT_EQ(port->stats().sent, committed);
  EXPECT_GE(committed, 512u) << "as many as there are frames to send";
  const base::SystemClock clock;
  const base::Nanos deadline = clock.now() + 20 * base::kSecond;
  size_t lent = 0;
  while (lent == 0 && clock.now() < deadline) {
    lent = port->acquire(10).size();
    port->commit(0);
  }
  EXPECT_EQ(lent, 10u);
  EXPECT_EQ(send(*port, {make_frame(kEthernet, 2)}), 1u);
  EXPECT_EQ(port->stats().send_refused, 1u);
  network_->run("tc qdisc del dev near root");
  EXPECT_EQ(send(*port, {make_frame(kEthernet, 3)}), 1u);
  EXPECT_EQ(port->stats().sent, committed + 1) << "there is room again";
}

// The kernel lane's way: AF_XDP for what a program takes, the packet ring for what it leaves to the stack.
TEST_F(XskPorts, JoinedWithAPacketPortHasBothWaysIn) {
  auto xsk = open(small("near"));
  XskPort* const by_xdp = xsk.get();
  std::vector<std::unique_ptr<Port>> ways;
  ways.push_back(std::move(xsk));
  ways.push_back(open_packet("near"));
  auto near = JoinedPort::join(std::move(ways));
  ASSERT_TRUE(near) << near.error();
  auto far = open_packet("far");
  send(*far, {make_frame(kEthernet, 1)});
  EXPECT_EQ(receive(**near, 1), std::vector<Frame>{make_frame(kEthernet, 1)}) << "by the packet ring";
  {
    const testing::XskProgram program("near");
    program.add(by_xdp->queue(), by_xdp->socket_fd());
    send(*far, {make_frame(kEthernet, 2)});
    EXPECT_EQ(receive(**near, 1), std::vector<Frame>{make_frame(kEthernet, 2)}) << "by AF_XDP";
    EXPECT_EQ(by_xdp->stats().received, 1u);
  }
  send(**near, {make_frame(kEthernet, 3)});
  EXPECT_EQ(receive(*far, 1), std::vector<Frame>{make_frame(kEthernet, 3)});
  EXPECT_EQ(by_xdp->stats().sent, 1u);
  EXPECT_EQ((*near)->stats().received, 2u);
  EXPECT_EQ((*near)->stats().sent, 1u);
}

}  // namespace
}  // namespace portolan::pktio::xsk_port_test
