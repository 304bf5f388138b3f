// SPDX-License-Identifier: Apache-2.0
// The contract of Port (port.h), held against every port there is.
#include <gtest/gtest.h>
#include <net/if.h>

#include <functional>
#include <set>

#include "base/testing/private_network.h"
#include "pktio/fault_port.h"
#include "pktio/joined_port.h"
#include "pktio/null_port.h"
#include "pktio/packet_port.h"
#include "pktio/pair_port.h"
#include "pktio/pcap_port.h"
#include "pktio/pcap_tee_port.h"
#include "pktio/raw_ip_port.h"
#include "pktio/testing/frames.h"
#include "pktio/testing/xsk_program.h"
#include "pktio/tracer_port.h"
#include "pktio/xsk_port.h"

namespace portolan::pktio::port_conformance_test {
namespace {

using testing::Frame;
using testing::make_frame;
using testing::number_of;

// A port in working surroundings. `arrive` makes a frame come in at the port; null: nothing can.
struct Rig {
  std::vector<std::shared_ptr<void>> surroundings;  // destroyed after the port, in this order
  std::unique_ptr<Port> port;
  std::function<void(const Frame&)> arrive;
  std::function<void()> make_room = [] {};  // what the far side does when acquire() lends nothing

  ~Rig() {
    arrive = nullptr;
    make_room = nullptr;
    port.reset();
    while (!surroundings.empty()) surroundings.erase(surroundings.begin());
  }
};

struct Case {
  std::string name;
  std::function<std::string()> why_not;
  std::function<std::unique_ptr<Rig>()> make;
};

std::string always() { return ""; }

void send_one(Port& port, const Frame& frame) {
  const std::span<TxSlot> slots = port.acquire(1);
  ASSERT_EQ(slots.size(), 1u);
  std::memcpy(slots[0].data, frame.data(), frame.size());
  slots[0].length = static_cast<uint16_t>(frame.size());
  port.commit(1);
}

std::unique_ptr<Rig> null_rig() {
  auto rig = std::make_unique<Rig>();
  rig->port = std::make_unique<NullPort>();
  return rig;
}

std::unique_ptr<Rig> pair_rig() {
  auto rig = std::make_unique<Rig>();
  auto [near, far] = make_port_pair({.capacity = 64});
  std::shared_ptr<Port> other = std::move(far);
  rig->port = std::move(near);
  rig->arrive = [other](const Frame& frame) { send_one(*other, frame); };
  rig->make_room = [other] {
    other->receive(1000);
    other->receive(0);
  };
  rig->surroundings = {other};
  return rig;
}

// A wrapper around one end of a pair.
template <class Wrap>
std::unique_ptr<Rig> wrapped_rig(Wrap wrap) {
  std::unique_ptr<Rig> rig = pair_rig();
  rig->port = wrap(std::move(rig->port));
  return rig;
}

std::unique_ptr<Rig> tracer_rig() {
  return wrapped_rig(
      [](auto port) { return std::make_unique<TracerPort>(std::move(port), [](Direction, const RxFrame&) {}); });
}

std::unique_ptr<Rig> faultless_rig() {
  return wrapped_rig([](auto port) { return std::make_unique<FaultPort>(std::move(port), Faults{}, Faults{}, 1); });
}

std::unique_ptr<Rig> tee_rig() {
  return wrapped_rig([](auto port) {
    auto file = PcapWriter::open("/dev/null", port->link());
    if (!file) throw std::runtime_error(file.error());
    return std::make_unique<PcapTeePort>(std::move(port), std::make_shared<Capture>(std::move(*file)), TeeWhat::kBoth);
  });
}

// Frames come in by the second way, and leave by the first.
std::unique_ptr<Rig> joined_rig() {
  auto rig = std::make_unique<Rig>();
  auto [near, far] = make_port_pair({.capacity = 64});
  std::shared_ptr<Port> other = std::move(far);
  std::vector<std::unique_ptr<Port>> ways;
  ways.push_back(std::make_unique<NullPort>());
  ways.push_back(std::move(near));
  rig->port = std::move(*JoinedPort::join(std::move(ways)));
  rig->arrive = [other](const Frame& frame) { send_one(*other, frame); };
  rig->surroundings = {other};
  return rig;
}

std::unique_ptr<Rig> pcap_rig() {
  auto rig = std::make_unique<Rig>();
  auto port = PcapPort::open({.read = "", .write = "/dev/null", .link = wire::LinkType::kRawIp, .clock = nullptr});
  if (!port) throw std::runtime_error(port.error());
  rig->port = std::move(*port);
  return rig;
}

KernelPortOptions kernel_options(const std::string& interface, uint32_t address) {
  KernelPortOptions options;
  options.interface_name = interface;
  options.interface_index = static_cast<int>(if_nametoindex(interface.c_str()));
  options.filter.v4 = {address};
  options.filter.first_port = testing::kOurPort;
  options.filter.last_port = testing::kOurPort + 9;
  options.ring = RingSize::small();
  return options;
}

template <class PortType>
std::unique_ptr<PortType> must_open(const KernelPortOptions& options) {
  auto port = PortType::open(options);
  if (!port) throw std::runtime_error(port.error());
  return std::move(*port);
}

std::unique_ptr<Rig> packet_rig() {
  auto rig = std::make_unique<Rig>();
  auto network = std::make_shared<base::testing::PrivateNetwork>();
  network->add_veth("near", "far");
  rig->port = must_open<PacketPort>(kernel_options("near", testing::kNear));
  std::shared_ptr<Port> far = must_open<PacketPort>(kernel_options("far", testing::kFar));
  rig->arrive = [far](const Frame& frame) { send_one(*far, frame); };
  rig->surroundings = {far, network};
  return rig;
}

std::unique_ptr<Rig> xsk_rig() {
  auto rig = std::make_unique<Rig>();
  auto network = std::make_shared<base::testing::PrivateNetwork>();
  network->add_veth("near", "far");
  auto program = std::make_shared<testing::XskProgram>("near");
  auto near = XskPort::open({.interface_name = "near", .send_frames = 256, .receive_frames = 256, .burst = 64});
  if (!near) throw std::runtime_error(near.error());
  program->add((*near)->queue(), (*near)->socket_fd());
  rig->port = std::move(*near);
  std::shared_ptr<Port> far = must_open<PacketPort>(kernel_options("far", testing::kFar));
  rig->arrive = [far](const Frame& frame) { send_one(*far, frame); };
  rig->surroundings = {far, program, network};
  return rig;
}

std::string why_no_xsk() {
  const std::string reason = base::testing::PrivateNetwork::why_not();
  return reason.empty() ? testing::XskProgram::why_not() : reason;
}

// On loopback the port under test hears what another one sends.
std::unique_ptr<Rig> raw_ip_rig() {
  auto rig = std::make_unique<Rig>();
  auto network = std::make_shared<base::testing::PrivateNetwork>();
  network->run("ip address add 192.0.2.1/32 dev lo");
  network->run("ip address add 192.0.2.2/32 dev lo");
  rig->port = must_open<RawIpPort>(kernel_options("lo", testing::kNear));
  std::shared_ptr<Port> far = must_open<RawIpPort>(kernel_options("lo", testing::kFar));
  rig->arrive = [far](const Frame& frame) { send_one(*far, frame); };
  rig->surroundings = {far, network};
  return rig;
}

std::vector<Case> cases() {
  return {{"null", always, null_rig},     {"pair", always, pair_rig},
          {"tracer", always, tracer_rig}, {"faultless", always, faultless_rig},
          {"pcap_tee", always, tee_rig},  {"joined", always, joined_rig},
          {"pcap", always, pcap_rig},     {"packet", base::testing::PrivateNetwork::why_not, packet_rig},
          {"xsk", why_no_xsk, xsk_rig},   {"raw_ip", base::testing::PrivateNetwork::why_not, raw_ip_rig}};
}

class PortConformance : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const std::string reason = GetParam().why_not(); !reason.empty()) GTEST_SKIP() << reason;
    rig_ = GetParam().make();
    ASSERT_NE(rig_->port, nullptr);
  }
  Port& port() { return *rig_->port; }
  Frame frame(uint32_t number, size_t payload = 32) { return make_frame(port().link(), number, {.payload = payload}); }

  // Waits as a lane does, until `count` numbered frames are there or two seconds have gone by.
  std::vector<uint32_t> receive_numbers(size_t count);

  std::unique_ptr<Rig> rig_;
};

TEST_P(PortConformance, LendsDistinctWritableSlots) {
  const std::span<TxSlot> slots = port().acquire(32);
  ASSERT_GT(slots.size(), 0u);
  ASSERT_LE(slots.size(), 32u);
  std::set<const uint8_t*> places;
  for (const TxSlot& slot : slots) {
    EXPECT_GE(slot.capacity, kMinSlot);
    std::memset(slot.data, static_cast<int>(places.size()), slot.capacity);
    places.insert(slot.data);
  }
  EXPECT_EQ(places.size(), slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(slots[i].data[0], i) << "slots overlap";
    EXPECT_EQ(slots[i].data[slots[i].capacity - 1], i) << "slots overlap";
  }
  port().commit(0);
}

TEST_P(PortConformance, LendsNoMoreThanAsked) {
  EXPECT_EQ(port().acquire(0).size(), 0u);
  port().commit(0);
  EXPECT_EQ(port().acquire(1).size(), 1u);
  port().commit(0);
  const size_t most = port().acquire(1u << 30).size();
  EXPECT_GT(most, 0u);
  EXPECT_LT(most, 1u << 20);
  port().commit(0);
  EXPECT_EQ(port().stats().sent, 0u);
}

TEST_P(PortConformance, SentAndRefusedAddUpToWhatWasCommitted) {
  uint64_t committed = 0;
  uint64_t bytes = 0;
  for (size_t round = 0; round < 40; ++round) {
    std::span<TxSlot> slots = port().acquire(1 + round % 9);
    if (slots.empty()) {
      rig_->make_room();
      slots = port().acquire(1);
    }
    ASSERT_FALSE(slots.empty());
    const size_t used = slots.size() - (round % 3 == 0 && slots.size() > 1 ? 1 : 0);  // less than was lent
    for (size_t i = 0; i < used; ++i) {
      const Frame f = frame(static_cast<uint32_t>(committed + i), 4 + (round * 37) % 1400);
      std::memcpy(slots[i].data, f.data(), f.size());
      slots[i].length = static_cast<uint16_t>(f.size());
      bytes += f.size();
    }
    port().commit(used);
    committed += used;
    const PortStats stats = port().stats();
    EXPECT_EQ(stats.sent + stats.send_refused, committed);
  }
  EXPECT_EQ(port().stats().sent, committed);
  EXPECT_EQ(port().stats().sent_bytes, bytes);
}

TEST_P(PortConformance, RefusesAFrameWithoutBytesAndSendsTheRest) {
  const std::span<TxSlot> slots = port().acquire(3);
  ASSERT_EQ(slots.size(), 3u);
  for (size_t i : {size_t{0}, size_t{2}}) {
    const Frame f = frame(static_cast<uint32_t>(i));
    std::memcpy(slots[i].data, f.data(), f.size());
    slots[i].length = static_cast<uint16_t>(f.size());
  }
  slots[1].length = 0;
  port().commit(3);
  EXPECT_EQ(port().stats().sent, 2u);
  EXPECT_EQ(port().stats().send_refused, 1u);
  EXPECT_EQ(port().stats().sent_bytes, 2 * frame(0).size());
}

TEST_P(PortConformance, ReceivesNothingWhenNothingWasAskedOrCame) {
  EXPECT_TRUE(port().receive(0).empty());
  EXPECT_TRUE(port().receive(1u << 30).empty());
  EXPECT_EQ(port().stats().received, 0u);
}

std::vector<uint32_t> PortConformance::receive_numbers(size_t count) {
  std::vector<uint32_t> numbers;
  const base::SystemClock clock;
  const base::Nanos deadline = clock.now() + 2 * base::kSecond;
  while (numbers.size() < count && clock.now() < deadline) {
    for (const RxFrame& f : port().receive(5)) {
      const std::optional<uint32_t> number = number_of(port().link(), f.bytes);
      if (number) numbers.push_back(*number);
    }
  }
  return numbers;
}

TEST_P(PortConformance, ReceivesEveryFrameOnceAndInOrder) {
  if (!rig_->arrive) GTEST_SKIP() << "nothing can arrive at this port";
  std::vector<uint32_t> expected;
  for (uint32_t i = 0; i < 50; ++i) {
    rig_->arrive(frame(i, 4 + i));
    expected.push_back(i);
  }
  EXPECT_EQ(receive_numbers(50), expected);
  EXPECT_EQ(port().stats().received, 50u);
  EXPECT_EQ(port().stats().receive_dropped, 0u);
}

TEST_P(PortConformance, FramesStayValidUntilTheNextReceive) {
  if (!rig_->arrive) GTEST_SKIP() << "nothing can arrive at this port";
  for (uint32_t i = 0; i < 8; ++i) rig_->arrive(frame(i));
  const base::SystemClock clock;
  const base::Nanos deadline = clock.now() + 2 * base::kSecond;
  std::span<const RxFrame> frames;
  while (frames.empty() && clock.now() < deadline) frames = port().receive(4);
  ASSERT_FALSE(frames.empty());
  const Frame before(frames[0].bytes.begin(), frames[0].bytes.end());
  for (uint32_t i = 8; i < 16; ++i) rig_->arrive(frame(i));
  const std::span<TxSlot> slots = port().acquire(4);  // sending in between must not disturb them
  for (TxSlot& slot : slots) std::memset(slot.data, 0xff, slot.capacity);
  port().commit(0);
  EXPECT_EQ(Frame(frames[0].bytes.begin(), frames[0].bytes.end()), before);
  EXPECT_EQ(number_of(port().link(), frames[0].bytes), 0u);
}

TEST_P(PortConformance, TellsWhenAFrameArrived) {
  if (!rig_->arrive) GTEST_SKIP() << "nothing can arrive at this port";
  rig_->arrive(frame(0));
  const base::SystemClock clock;
  const base::Nanos deadline = clock.now() + 2 * base::kSecond;
  while (clock.now() < deadline) {
    const std::span<const RxFrame> frames = port().receive(1);
    if (frames.empty()) continue;
    EXPECT_NEAR(static_cast<double>(frames[0].wall), static_cast<double>(clock.wall()), 60.0 * base::kSecond);
    return;
  }
  FAIL() << "the frame did not arrive";
}

INSTANTIATE_TEST_SUITE_P(Ports, PortConformance, ::testing::ValuesIn(cases()),
                         [](const auto& made) { return made.param.name; });

}  // namespace
}  // namespace portolan::pktio::port_conformance_test
