// SPDX-License-Identifier: Apache-2.0
#include "host/stream_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/private_network.h"
#include "base/testing/tcp_listener.h"

namespace portolan::host::stream_client_test {
namespace {

using base::kSecond;
using base::testing::PrivateNetwork;
using base::testing::TcpListener;
using base::testing::TcpSocket;
using Kind = StreamEvent::Kind;

const addr::IpAddress kHere = addr::IpAddress::v4(0x7f000001);

base::Bytes bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

// All in a namespace of its own, where there is nothing but loopback.
class StreamClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = PrivateNetwork::why_not(); !why.empty()) GTEST_SKIP() << why;
    network_ = std::make_unique<PrivateNetwork>();
    make({});
  }
  void make(const StreamLimits& limits) { client_ = StreamClient::create(limits).value(); }

  // One turn: what has happened is noted, what has come is taken if `take`.
  void turn(bool take = true) {
    for (const StreamEvent& e : client_->poll(now_)) {
      seen_[e.id].push_back(e.kind);
      if (e.kind == Kind::kGone) gone_[e.id] = e.how;
      if (e.kind != Kind::kData || !take) continue;
      while (!client_->received(e.id).empty()) {
        const base::Bytes piece = client_->received(e.id);
        got_[e.id].append(piece.begin(), piece.end());
        client_->consume(e.id, piece.size(), now_);
      }
    }
  }
  // Turns until `done`, a few thousand times at most.
  template <class Done>
  bool turn_until(Done&& done, bool take = true) {
    for (int i = 0; i < 5000; ++i) {
      if (done()) return true;
      base::testing::wait_for_any(client_->fd());
      turn(take);
    }
    return false;
  }
  bool saw(StreamId id, Kind kind) const {
    const auto at = seen_.find(id);
    return at != seen_.end() && std::count(at->second.begin(), at->second.end(), kind) != 0;
  }

  std::unique_ptr<PrivateNetwork> network_;
  std::unique_ptr<StreamClient> client_;
  base::Nanos now_ = kSecond;
  std::map<StreamId, std::vector<Kind>> seen_;
  std::map<StreamId, StreamEnd> gone_;
  std::map<StreamId, std::string> got_;
};

TEST_F(StreamClientTest, TalksAndClosesBothWays) {
  for (const bool v6 : {false, true}) {
    TcpListener listener(v6);
    const StreamId id = *client_->open(v6 ? addr::IpAddress::v6(1) : kHere, listener.port(), now_);
    EXPECT_EQ(client_->send(id, bytes("early"), now_), 5u);
    ASSERT_TRUE(turn_until([&] { return saw(id, Kind::kRoom); }));
    TcpSocket server = listener.accept();
    ASSERT_TRUE(server);
    EXPECT_EQ(server.take(), "early");
    server.send("answer");
    server.finish();
    ASSERT_TRUE(turn_until([&] { return saw(id, Kind::kEnd); }));
    EXPECT_EQ(got_[id], "answer");
    EXPECT_FALSE(gone_.contains(id)) << "our side is open";
    client_->send(id, bytes("late"), now_);
    client_->finish(id);
    EXPECT_EQ(client_->send(id, bytes("later"), now_), 0u);
    ASSERT_TRUE(turn_until([&] { return gone_.contains(id); }));
    EXPECT_EQ(gone_[id], StreamEnd::kClosed);
    EXPECT_EQ(server.take(), "late");
    server.take();
    EXPECT_TRUE(server.ended());
    client_->poll(now_);
    EXPECT_EQ(client_->size(), 0u);
    seen_.clear(), gone_.clear(), got_.clear();
  }
}

TEST_F(StreamClientTest, TellsWhyItCannotConnect) {
  uint16_t port = 0;
  { port = TcpListener().port(); }
  const StreamId refused = *client_->open(kHere, port, now_);
  const StreamId nowhere = *client_->open(addr::IpAddress::v4(0xc0000201), 80, now_);
  ASSERT_TRUE(turn_until([&] { return gone_.size() == 2; }));
  EXPECT_EQ(gone_[refused], StreamEnd::kRefused);
  EXPECT_EQ(gone_[nowhere], StreamEnd::kUnreachable);
}

TEST_F(StreamClientTest, GivesUpConnecting) {
  network_->add_veth("here", "there");
  network_->run("ip address add 192.0.2.1/24 dev here");
  const StreamId id = *client_->open(addr::IpAddress::v4(0xc0000263), 80, now_);
  turn();
  EXPECT_FALSE(gone_.contains(id));
  EXPECT_LE(client_->next_deadline().value(), now_ + 5 * kSecond + kSecond / 100);
  now_ += 6 * kSecond;
  turn();
  EXPECT_EQ(gone_[id], StreamEnd::kTimedOut);
  EXPECT_EQ(client_->next_deadline(), std::nullopt);
}

TEST_F(StreamClientTest, TellsOfSilenceAndReset) {
  TcpListener listener;
  const StreamId silent = *client_->open(kHere, listener.port(), now_);
  ASSERT_TRUE(turn_until([&] { return saw(silent, Kind::kConnected); }));
  TcpSocket first = listener.accept();
  now_ += 200 * kSecond;
  client_->send(silent, bytes("x"), now_);
  turn();
  now_ += 200 * kSecond;
  turn();
  EXPECT_FALSE(gone_.contains(silent));
  now_ += 101 * kSecond;
  turn();
  EXPECT_EQ(gone_[silent], StreamEnd::kIdle);

  const StreamId reset = *client_->open(kHere, listener.port(), now_);
  seen_.clear(), gone_.clear();
  ASSERT_TRUE(turn_until([&] { return saw(reset, Kind::kConnected); }));
  listener.accept().reset();
  ASSERT_TRUE(turn_until([&] { return gone_.contains(reset); }));
  EXPECT_EQ(gone_[reset], StreamEnd::kReset);
}

TEST_F(StreamClientTest, AbortResetsAndTellsNothing) {
  TcpListener listener;
  const StreamId id = *client_->open(kHere, listener.port(), now_);
  ASSERT_TRUE(turn_until([&] { return saw(id, Kind::kConnected); }));
  TcpSocket server = listener.accept();
  client_->abort(id);
  client_->abort(id);
  EXPECT_EQ(client_->size(), 0u);
  base::testing::wait_for_any(server.fd());
  server.take();
  EXPECT_TRUE(server.was_reset());
  turn();
  EXPECT_FALSE(gone_.contains(id));
}

TEST_F(StreamClientTest, OpensAsManyAsItMay) {
  make({.streams = 2});
  TcpListener listener;
  const auto one = client_->open(kHere, listener.port(), now_);
  ASSERT_TRUE(one && client_->open(kHere, listener.port(), now_));
  EXPECT_EQ(client_->open(kHere, listener.port(), now_), std::nullopt);
  client_->abort(*one);
  EXPECT_EQ(client_->open(kHere, listener.port(), now_), std::nullopt) << "its number may stand in events yet";
  client_->poll(now_);
  EXPECT_TRUE(client_->open(kHere, listener.port(), now_));
}

// A server that does not read fills the kernel's buffers and then ours, and no more is taken; when it reads, all
// arrives.
TEST_F(StreamClientTest, FeelsASlowServer) {
  make({.streams = 1, .buffer = 4096});
  TcpListener listener;
  const StreamId id = *client_->open(kHere, listener.port(), now_);
  std::string sent, arrived;
  const std::string piece = "0123456789abcdefghijklmnopqrstuvwxyz";
  TcpSocket server;
  int in_vain = 0;
  while (in_vain < 20) {
    const size_t n = client_->send(id, bytes(piece), now_);
    sent += piece.substr(0, n);
    in_vain = n == 0 ? in_vain + 1 : 0;
    turn();
    if (!server) server = listener.accept();
  }
  EXPECT_EQ(client_->room(id), 0u);
  client_->finish(id);
  for (int i = 0; i < 100'000 && !server.ended(); ++i) {
    arrived += server.take();
    turn();
  }
  EXPECT_EQ(arrived.size(), sent.size());
  EXPECT_TRUE(arrived == sent);
}

// What we do not consume the kernel keeps, and then the server's kernel: the server cannot send any more. Meanwhile
// fd() is quiet, so a loop that waits for it does not spin.
TEST_F(StreamClientTest, SlowsAServerDown) {
  make({.streams = 1, .buffer = 4096});
  TcpListener listener;
  const StreamId id = *client_->open(kHere, listener.port(), now_);
  ASSERT_TRUE(turn_until([&] { return saw(id, Kind::kConnected); }));
  TcpSocket server = listener.accept();
  std::string sent;
  int in_vain = 0;
  while (in_vain < 20) {
    const std::string piece(1000, static_cast<char>('a' + sent.size() % 26));
    const size_t n = server.send(piece);
    sent += piece.substr(0, n);
    in_vain = n == 0 ? in_vain + 1 : 0;
    turn(false);
  }
  server.finish();
  pollfd quiet{client_->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&quiet, 1, 0), 0);
  std::string arrived;
  for (int i = 0; i < 100'000 && arrived.size() < sent.size(); ++i) {
    const base::Bytes front = client_->received(id);
    arrived.append(front.begin(), front.end());
    client_->consume(id, front.size(), now_);
    turn(false);
  }
  EXPECT_TRUE(arrived == sent);
  ASSERT_TRUE(turn_until([&] { return saw(id, Kind::kEnd); }, false));
}

}  // namespace
}  // namespace portolan::host::stream_client_test
