// SPDX-License-Identifier: Apache-2.0
#include "respond/forwarder.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/testing/private_network.h"
#include "base/testing/tcp_listener.h"
#include "respond/proxy_header.h"
#include "stack/testing/model_client.h"
#include "stack/testing/tcp_rig.h"

namespace portolan::respond::forwarder_test {
namespace {

using base::kMillisecond;
using base::testing::PrivateNetwork;
using base::testing::TcpListener;
using base::testing::TcpSocket;
using stack::testing::ModelClient;
using stack::testing::Said;
using stack::testing::Segment;
using stack::testing::TcpRig;

std::string header(uint8_t version, const proto::Ends& ends) {
  ProxyHeaderRoom room;
  const base::Bytes written = write_proxy_header(version, ends, room);
  return {written.begin(), written.end()};
}

const proto::Ends kV4{addr::IpAddress::v4(0xc0000201), addr::IpAddress::v4(0xc6336402), 56324, 443};
const proto::Ends kV6{addr::IpAddress::v6(base::make_u128(0x20010db800000000, 1)),
                      addr::IpAddress::v6(base::make_u128(0x20010db800000000, 0xff)), 56324, 443};

// By section 2.1 and 2.2 of the specification.
TEST(ProxyHeader, GoldenBytes) {
  const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
  EXPECT_EQ(header(1, kV4), "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n");
  EXPECT_EQ(header(1, kV6), "PROXY TCP6 2001:db8::1 2001:db8::ff 56324 443\r\n");
  EXPECT_EQ(header(2, kV4),
            signature + std::string("\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb", 16));
  EXPECT_EQ(header(2, kV6), signature + std::string("\x21\x21\0\x24"
                                                    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                                                    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\xff"
                                                    "\xdc\x04\x01\xbb",
                                                    40));
  EXPECT_EQ(header(0, kV4), "");
}

TEST(ProxyHeader, EndsOfTwoFamiliesAreUnknown) {
  proto::Ends mixed = kV4;
  mixed.server = kV6.server;
  EXPECT_EQ(header(1, mixed), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(header(2, mixed), std::string("\r\n\r\n\0\r\nQUIT\n\x21\0\0\0", 16));
}

TEST(ProxyHeader, LongestFits) {
  proto::Ends long_one{addr::IpAddress::v6(~base::u128{0}), addr::IpAddress::v6(~base::u128{0}), 65535, 65535};
  EXPECT_EQ(header(1, long_one).size(), 104u) << "11 + 39 + 1 + 39 + 1 + 5 + 1 + 5 + 2";
}

// A model client, our TcpServer, the Forwarder, the kernel, and a real server that the test plays. The link between the
// first two is in memory and loses nothing; its time is virtual.
class Joined {
 public:
  Joined(ModelClient::Traits traits, uint32_t buffer, uint8_t proxy_protocol)
      : rig_(limits()), client_(std::move(traits), 1, [this](const Segment& s) { to_server_.push_back(s); }) {
    auto streams = host::StreamClient::create({.streams = 2, .buffer = buffer}).value();
    forwarder_ = std::make_unique<Forwarder>(std::move(streams), rig_.server, 4);
    rig_.on_text = [this](stack::TcpId id, std::string_view text) { on_text(id, text); };
    rig_.on_end = [this](stack::TcpId id) { forwarder_->on_end_of_data(id); };
    rig_.on_more = [this](stack::TcpId id) { forwarder_->on_room(id, rig_.now); };
    rig_.on_over = [this](stack::TcpId id, stack::TcpEnd how) {
      if (forwarder_->has(id)) forwarder_->on_gone(id, how);
    };
    to_ = {addr::IpAddress::v4(0x7f000001), listener_.port(), proxy_protocol};
  }

  void start(const Segment& first = {}) {
    id_ = rig_.open(1, first, {3, ModelClient::kScale});
    client_.pump(rig_.now);
  }
  // A millisecond passes on the link, and as long as it takes in the kernel.
  void turn() {
    rig_.pass(kMillisecond);
    client_.on_time(rig_.now);
    for (const Said& s : rig_.heard()) {
      was_reset_ |= (s.flags & stack::testing::flag::kRst) != 0;
      if (!was_reset_) client_.on_segment(s, rig_.now);
    }
    for (; !to_server_.empty(); to_server_.pop_front()) rig_.tell(to_server_.front());
    forwarder_->poll(rig_.now);
    if (!server_) server_ = listener_.accept();
  }
  template <class Done>
  bool turn_until(Done&& done) {
    for (int i = 0; i < 200'000; ++i) {
      if (done()) return true;
      turn();
    }
    return false;
  }

  TcpRig& rig() { return rig_; }
  Forwarder& forwarder() { return *forwarder_; }
  ModelClient& client() { return client_; }
  TcpSocket& server() { return server_; }
  stack::TcpId id() const { return id_; }
  bool gone() { return rig_.seen[id_].gone.has_value(); }
  bool was_reset() const { return was_reset_; }
  void point_at(uint16_t port) { to_.port = port; }

 private:
  static stack::TcpLimits limits() {
    stack::TcpLimits l;
    l.connections = 4;
    return l;
  }
  // The first bytes decide; from then on everything goes through.
  void on_text(stack::TcpId id, std::string_view text) {
    const base::Bytes bytes = stack::testing::as_bytes(text);
    if (forwarder_->has(id)) return forwarder_->on_data(id, bytes, rig_.now);
    const stack::TcpPeer& p = rig_.server.peer(id);
    const proto::Ends ends{p.client, p.server, p.client_port, p.server_port};
    if (!forwarder_->begin(id, ends, to_, bytes, rig_.now)) rig_.server.abort(id, rig_.now);
  }

  TcpListener listener_;
  ForwardTo to_;
  TcpRig rig_;
  std::unique_ptr<Forwarder> forwarder_;
  std::deque<Segment> to_server_;
  ModelClient client_;
  TcpSocket server_;
  stack::TcpId id_ = 0;
  bool was_reset_ = false;
};

std::string noise(size_t size) {
  base::SplitMix64 random(size);
  std::string s(size, ' ');
  for (char& c : s) c = static_cast<char>(random.next());
  return s;
}

class ForwarderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = PrivateNetwork::why_not(); !why.empty()) GTEST_SKIP() << why;
    network_ = std::make_unique<PrivateNetwork>();
  }
  std::unique_ptr<PrivateNetwork> network_;
};

TEST_F(ForwarderTest, CarriesBothStreamsWhole) {
  for (const bool slow : {false, true}) {
    const std::string said = noise(300'000);
    const std::string answer = noise(250'000);
    Joined j({.text = said, .buffer = 20'000, .reads_slowly = slow}, 65536, 2);
    j.start();
    ASSERT_TRUE(j.turn_until([&] { return bool(j.server()); }));
    std::string heard;
    size_t answered = 0;
    const bool done = j.turn_until([&] {
      heard += j.server().take(slow ? 700 : 65536);
      if (answered < answer.size()) answered += j.server().send(std::string_view(answer).substr(answered, 5000));
      if (answered == answer.size()) j.server().finish();
      return j.server().ended() && j.gone() && j.forwarder().size() == 0;
    });
    ASSERT_TRUE(done);
    const auto p = TcpRig::peer(1);
    EXPECT_TRUE(heard == header(2, {p.client, p.server, p.client_port, p.server_port}) + said);
    EXPECT_TRUE(j.client().answer() == answer);
    EXPECT_EQ(j.rig().seen[j.id()].gone, stack::TcpEnd::kClosed);
    EXPECT_EQ(j.forwarder().failed(), 0u);
  }
}

// The server reads nothing: the client is stopped by its window, and nothing of what it said is lost.
TEST_F(ForwarderTest, AServerThatDoesNotReadStopsTheClient) {
  const std::string said = noise(8'000'000);
  Joined j({.text = said}, 32768, 0);
  j.start();
  uint64_t last = 1;
  ASSERT_TRUE(j.turn_until([&] {
    for (int i = 0; i < 100; ++i) j.turn();
    return std::exchange(last, j.rig().server.tally(j.id()).bytes_in) == j.rig().server.tally(j.id()).bytes_in;
  }));
  EXPECT_LT(last, said.size());
  std::string heard;
  ASSERT_TRUE(j.turn_until([&] {
    heard += j.server().take();
    return j.server().ended();
  }));
  EXPECT_TRUE(heard == said);
}

TEST_F(ForwarderTest, AServerThatIsNotThereResetsTheClient) {
  uint16_t nobody = 0;
  { nobody = TcpListener().port(); }
  Joined j({.text = "hello"}, 65536, 2);
  j.point_at(nobody);
  j.start();
  ASSERT_TRUE(j.turn_until([&] { return j.was_reset(); }));
  EXPECT_EQ(j.rig().seen[j.id()].gone, stack::TcpEnd::kAborted);
  EXPECT_EQ(j.forwarder().failed(), 1u);
}

TEST_F(ForwarderTest, ResetsGoThroughToTheClient) {
  Joined j({.text = "hello"}, 65536, 0);
  j.start();
  ASSERT_TRUE(j.turn_until([&] { return bool(j.server()); }));
  j.server().reset();
  ASSERT_TRUE(j.turn_until([&] { return j.was_reset(); }));
  EXPECT_EQ(j.rig().seen[j.id()].gone, stack::TcpEnd::kAborted);
  EXPECT_EQ(j.forwarder().failed(), 1u);
}

TEST_F(ForwarderTest, ResetsGoThroughToTheServer) {
  Joined j({.text = "hello"}, 65536, 0);
  j.start();
  std::string heard;
  ASSERT_TRUE(j.turn_until([&] {
    if (j.server()) heard += j.server().take();
    return heard == "hello" && j.rig().seen[j.id()].ends == 1;
  }));
  j.rig().tell({.seq = 6, .flags = stack::testing::flag::kRst});
  EXPECT_EQ(j.rig().seen[j.id()].gone, stack::TcpEnd::kReset);
  ASSERT_TRUE(j.turn_until([&] {
    j.server().take();
    return j.server().was_reset();
  }));
  EXPECT_EQ(j.forwarder().size(), 0u);
}

TEST_F(ForwarderTest, SaysWhenThereAreTooMany) {
  Joined j({.text = ""}, 65536, 0);
  TcpListener listener;
  const ForwardTo to{addr::IpAddress::v4(0x7f000001), listener.port(), 0};
  EXPECT_FALSE(j.forwarder().begin(j.rig().open(3), kV4, to, stack::testing::as_bytes(noise(65537)), j.rig().now));
  j.forwarder().poll(j.rig().now);
  EXPECT_TRUE(j.forwarder().begin(j.rig().open(1), kV4, to, {}, j.rig().now));
  EXPECT_TRUE(j.forwarder().begin(j.rig().open(2), kV4, to, {}, j.rig().now));
  EXPECT_FALSE(j.forwarder().begin(j.rig().open(3), kV4, to, {}, j.rig().now));
  EXPECT_EQ(j.forwarder().size(), 2u);
  EXPECT_EQ(j.forwarder().failed(), 2u);
}

}  // namespace
}  // namespace portolan::respond::forwarder_test
