// SPDX-License-Identifier: Apache-2.0
// A real redis-server on loopback, with a port and a folder of its own, ended by its pid.
#include "output/redis_sink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>

namespace portolan::output::redis_sink_test {
namespace {

uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(fd, reinterpret_cast<sockaddr*>(&at), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(fd);
  return ntohs(at.sin_port);
}

class Server {
 public:
  explicit Server(uint16_t port, std::string password = "") : port_(port), password_(std::move(password)) {
    dir_ = ::mkdtemp(dir_.data());
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) run(ends[1]);
    ::close(ends[1]);
    std::string said;
    char chunk[4096];
    while (said.find("Ready to accept connections") == std::string::npos) {
      const ssize_t n = ::read(ends[0], chunk, sizeof chunk);
      if (n <= 0) break;
      said.append(chunk, static_cast<size_t>(n));
    }
    out_ = ends[0];
    ready_ = said.find("Ready to accept connections") != std::string::npos;
  }
  ~Server() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    std::filesystem::remove_all(dir_);
  }
  bool ready() const { return ready_; }
  pid_t pid() const { return pid_; }

  // "a,b,c", sorted.
  std::string members(const std::string& key) const {
    redisContext* c = connection();
    auto* reply = static_cast<redisReply*>(redisCommand(c, "SMEMBERS %s", key.c_str()));
    std::set<std::string> all;
    for (size_t i = 0; i < reply->elements; ++i) all.insert({reply->element[i]->str, reply->element[i]->len});
    std::string text;
    for (const std::string& one : all) text += (text.empty() ? "" : ",") + one;
    freeReplyObject(reply);
    redisFree(c);
    return text;
  }
  int64_t command(const char* words) const {
    redisContext* c = connection();
    auto* reply = static_cast<redisReply*>(redisCommand(c, words));
    const int64_t number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
    freeReplyObject(reply);
    redisFree(c);
    return number;
  }

 private:
  redisContext* connection() const {
    redisContext* c = redisConnect("127.0.0.1", port_);
    if (!password_.empty()) freeReplyObject(redisCommand(c, "AUTH %s", password_.c_str()));
    return c;
  }
  [[noreturn]] void run(int out) const {
    ::dup2(out, 1);
    ::dup2(out, 2);
    const std::string port = std::to_string(port_);
    ::execlp("redis-server", "redis-server", "--port", port.c_str(), "--bind", "127.0.0.1", "-::1", "--dir",
             dir_.c_str(), "--save", "", "--requirepass", password_.c_str(), nullptr);
    ::_exit(127);
  }

  std::string dir_ = "/tmp/portolan-redis-test-XXXXXX";
  uint16_t port_;
  std::string password_;
  pid_t pid_ = -1;
  int out_ = -1;
  bool ready_ = false;
};

result::Observation observation(uint32_t address) {
  result::Observation o;
  o.wall = 1'700'000'000 * base::kSecond;
  o.target = {addr::IpAddress::v4(address), {addr::Protocol::kTcp, 80}};
  o.ttl = 55;
  return o;
}

class RedisSinkTest : public ::testing::Test {
 protected:
  RedisSinkTest() { std::signal(SIGPIPE, SIG_IGN); }
  std::unique_ptr<RedisSink> opened(const std::string& host, const std::string& password = "") {
    auto sink = RedisSink::open({host, port_}, password, clock_);
    if (!sink) throw std::runtime_error(sink.error());
    return std::unique_ptr<RedisSink>(dynamic_cast<RedisSink*>(sink->release()));
  }
  uint16_t port_ = free_port();
  base::VirtualClock clock_;
};

TEST(RedisServerText, NamesAddressesAndPorts) {
  const auto read = [](std::string_view text) {
    const auto server = parse_redis_server(text);
    return server ? server->to_string() : "! " + server.error();
  };
  EXPECT_EQ(read("192.0.2.1"), "192.0.2.1:6379");
  EXPECT_EQ(read("db.example:6380"), "db.example:6380");
  EXPECT_EQ(read("[2001:db8::1]:6380"), "[2001:db8::1]:6380");
  EXPECT_EQ(read("[2001:db8::1]"), "[2001:db8::1]:6379");
  EXPECT_EQ(read("2001:db8::1"), "[2001:db8::1]:6379");
  EXPECT_EQ(read(""), "! there is no host");
  EXPECT_EQ(read(":6379"), "! there is no host");
  EXPECT_EQ(read("a:0"), "! 0 is no port");
  EXPECT_EQ(read("a:65536"), "! 65536 is no port");
  EXPECT_EQ(read("a:"), "!  is no port");
  EXPECT_EQ(read("a:1x"), "! 1x is no port");
  EXPECT_EQ(read("[::1"), "! the bracket is not closed");
  EXPECT_EQ(read("[::1]6379"), "! behind the bracket only a port may stand");
}

TEST(RedisStatus, HasMasscansNumbers) {
  result::Observation o = observation(1);
  EXPECT_EQ(redis_status(o), "1700000000:1:18:55");
  o.state = result::State::kClosed;
  o.reason = result::Reason::kRst;
  EXPECT_EQ(redis_status(o), "1700000000:2:20:55");
  o.state = result::State::kUp;
  o.reason = result::Reason::kArpReply;
  o.target.service = {addr::Protocol::kArp, 0};
  o.ttl = 0;
  EXPECT_EQ(redis_status(o), "1700000000:3:0:0");
}

TEST_F(RedisSinkTest, MasscansKeys) {
  const Server server(port_);
  ASSERT_TRUE(server.ready());
  auto sink = opened("localhost");
  sink->write(observation(0xc000020a));
  result::Observation v6 = observation(0);
  v6.target = {addr::IpAddress::v6(base::make_u128(0x20010db800000000, 9)), {addr::Protocol::kUdp, 53}};
  v6.reason = result::Reason::kUdpResponse;
  sink->write(v6);
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(server.members("host"), "192.0.2.10,2001:db8::9");
  EXPECT_EQ(server.members("192.0.2.10"), "80/tcp");
  EXPECT_EQ(server.members("192.0.2.10:80/tcp"), "1700000000:1:18:55");
  EXPECT_EQ(server.members("2001:db8::9"), "53/udp");
  EXPECT_EQ(server.members("2001:db8::9:53/udp"), "1700000000:1:0:55");
  sink->end({});
  EXPECT_EQ(sink->error(), "");
}

TEST_F(RedisSinkTest, OverIpv6AndWithAPassword) {
  const Server server(port_, "secret");
  ASSERT_TRUE(server.ready());
  auto sink = opened("::1", "secret");
  sink->write(observation(1));
  sink->end({});
  EXPECT_EQ(sink->error(), "");
  EXPECT_EQ(server.members("host"), "0.0.0.1");
  const std::string name = "redis 127.0.0.1:" + std::to_string(port_) + ": ";
  EXPECT_EQ(RedisSink::open({"127.0.0.1", port_}, "", clock_).error(), name + "NOAUTH Authentication required.");
  EXPECT_EQ(RedisSink::open({"127.0.0.1", port_}, "wrong", clock_).error(),
            name + "WRONGPASS invalid username-password pair or user is disabled.; see --redis-pwd");
}

TEST_F(RedisSinkTest, AnUnreachableServerIsRefused) {
  EXPECT_EQ(RedisSink::open({"127.0.0.1", port_}, "", clock_).error(),
            "redis 127.0.0.1:" + std::to_string(port_) + ": Connection refused");
  EXPECT_FALSE(RedisSink::open({"nowhere.invalid", 6379}, "", clock_));
}

TEST_F(RedisSinkTest, ManyResultsArePipelined) {
  const Server server(port_);
  ASSERT_TRUE(server.ready());
  auto sink = opened("127.0.0.1");
  for (uint32_t i = 0; i < 50'000; ++i) {
    sink->write(observation(i));
    if (i % 1000 == 0) sink->tick();
  }
  sink->end({});
  EXPECT_EQ(sink->error(), "");
  EXPECT_EQ(sink->lost_records(), 0u);
  EXPECT_EQ(server.command("SCARD host"), 50'000);
  EXPECT_EQ(server.command("DBSIZE"), 100'001);
}

TEST_F(RedisSinkTest, WhatWasNotAcknowledgedIsSentAgain) {
  auto server = std::make_unique<Server>(port_);
  ASSERT_TRUE(server->ready());
  auto sink = opened("127.0.0.1");
  sink->write(observation(1));
  ASSERT_TRUE(sink->sync());
  server.reset();
  for (uint32_t i = 2; i < 5002; ++i) sink->write(observation(i));
  sink->tick();
  sink->tick();
  EXPECT_NE(sink->error(), "");
  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(sink->pending(), 5000u);
  clock_.advance(base::kSecond);
  sink->tick();  // nobody is there yet
  sink->tick();
  server = std::make_unique<Server>(port_);
  ASSERT_TRUE(server->ready());
  clock_.advance(30 * base::kSecond);
  sink->tick();
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(sink->error(), "");
  EXPECT_EQ(server->command("SCARD host"), 5000);
  EXPECT_EQ(sink->lost_records(), 0u);
}

TEST_F(RedisSinkTest, AServerThatStandsStillIsBoundedAndToldOf) {
  const Server server(port_);
  ASSERT_TRUE(server.ready());
  auto sink = opened("127.0.0.1");
  sink->write(observation(1));
  ASSERT_TRUE(sink->sync());
  ::kill(server.pid(), SIGSTOP);
  for (uint32_t i = 0; i < RedisSink::kMaxPending + 10; ++i) sink->write(observation(i));
  EXPECT_EQ(sink->pending(), RedisSink::kMaxPending);
  EXPECT_EQ(sink->lost_records(), 10u);
  EXPECT_TRUE(sink->error().ends_with("too slow; 10 results are lost")) << sink->error();
  clock_.advance(RedisSink::kSilence + 1);
  sink->tick();
  EXPECT_TRUE(sink->error().ends_with("the server does not answer; 10 results are lost")) << sink->error();
  ::kill(server.pid(), SIGCONT);
  clock_.advance(base::kSecond);
  sink->tick();
  sink->end({});
  EXPECT_EQ(sink->lost_records(), 10u);
  EXPECT_EQ(server.command("SCARD host"), int64_t{RedisSink::kMaxPending});
}

TEST_F(RedisSinkTest, AConversionWaitsForTheServerAndLosesNothing) {
  const Server server(port_);
  ASSERT_TRUE(server.ready());
  constexpr uint32_t kMany = RedisSink::kMaxPending + 5000;
  auto sink = RedisSink::open({"127.0.0.1", port_}, "", clock_, RedisSink::WhenFull::kWait).value();
  for (uint32_t i = 0; i < kMany; ++i) sink->write(observation(0x0a000000 + i));
  sink->end({});
  EXPECT_EQ(sink->error(), "");
  EXPECT_EQ(server.command("SCARD host"), int64_t{kMany});
}

TEST_F(RedisSinkTest, WhatTheServerRefusesIsCounted) {
  const Server server(port_);
  ASSERT_TRUE(server.ready());
  server.command("SET host text");
  auto sink = opened("127.0.0.1");
  sink->write(observation(1));
  sink->write(observation(2));
  sink->end({});
  EXPECT_EQ(sink->lost_records(), 2u);
  EXPECT_NE(sink->error().find("WRONGTYPE"), std::string::npos);
}

}  // namespace
}  // namespace portolan::output::redis_sink_test
