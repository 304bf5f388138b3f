// SPDX-License-Identifier: Apache-2.0
// RedisSink: results into a Redis server, under masscan's keys (docs/formats/redis.md), so that its readers find them.
//
// For each result three SADDs: `host` gets the address, the address gets "80/tcp", "ADDRESS:80/tcp" gets
// "timestamp:status:reason:ttl". They are pipelined over one TCP connection that never blocks: what the server has not
// acknowledged is kept, up to kMaxPending results, and sent again when the connection breaks (SADD does no harm
// twice). Reconnecting waits a second, two, four, up to thirty. What is given up is counted and told by error().
// Banners are not stored.
//
// The connection is plain: no TLS. hiredis makes the sockets; nothing is connected to but the server that was named.
// Owned by one thread, the writer; the clock outlives it. The program ignores SIGPIPE.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "result/sink.h"

struct redisContext;
struct redisReply;

namespace portolan::output {

struct RedisServer {
  std::string host;  // a name or an address, without brackets
  uint16_t port = 6379;
  std::string to_string() const;
};

// "192.0.2.1" "db.example:6380" "[2001:db8::1]:6380" "2001:db8::1". The error says what is wrong.
tl::expected<RedisServer, std::string> parse_redis_server(std::string_view text);

class RedisSink final : public result::Sink {
 public:
  static constexpr size_t kMaxPending = 65536;  // results kept until they are acknowledged
  static constexpr size_t kMostInFlight = 4096;
  static constexpr int kOpenSeconds = 3;
  static constexpr base::Nanos kSilence = 10 * base::kSecond;  // with requests out; then the connection is given up
  static constexpr int kSyncMilliseconds = 2000;
  static constexpr int kEndMilliseconds = 10'000;

  // What write() does when kMaxPending results wait: a scan cannot stand still for a server, a conversion can.
  enum class WhenFull : uint8_t { kLose, kWait };

  // Connects, authenticates (an empty password: does not) and sees a PING answered. Blocks for seconds at most. Names
  // are resolved here and once.
  static tl::expected<std::unique_ptr<result::Sink>, std::string> open(const RedisServer& server,
                                                                       const std::string& password,
                                                                       const base::Clock& clock,
                                                                       WhenFull when_full = WhenFull::kLose);
  ~RedisSink() override;

  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override;
  void banner(const result::Banner&) override {}
  void tick() override;
  // Waits a while for the server to acknowledge everything. What the server then keeps is its own configuration's.
  bool sync() override;
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override { return error_; }

  uint64_t lost_records() const { return lost_; }
  size_t pending() const { return pending_.size(); }

 private:
  struct Free {
    void operator()(redisContext* c) const;
  };
  using Context = std::unique_ptr<redisContext, Free>;

  RedisSink(RedisServer server, std::string address, std::string password, const base::Clock& clock, WhenFull when);
  void connect();
  void disconnect(std::string_view reason);
  void pump();
  void feed();
  bool take_replies();
  bool take(const redisReply& reply);
  bool drain(int milliseconds);
  void wait(int milliseconds);
  void wait_for_room();
  void lose(uint64_t records, std::string_view reason);

  RedisServer server_;
  std::string address_;  // numeric
  std::string password_;
  const base::Clock* clock_;
  WhenFull when_full_;
  Context context_;  // none: not connected

  std::deque<result::Observation> pending_;  // the first in_flight_ have been sent on this connection
  size_t in_flight_ = 0;
  unsigned greeting_ = 0;     // replies to come before those of results
  unsigned replies_ = 0;      // of the first result, so far
  bool refused_ = false;      // one of them was an error
  bool unwritten_ = false;    // bytes wait for room in the socket
  bool waited_ = false;       // since the last tick: write() waits once
  base::Nanos progress_ = 0;  // when the server last answered, or had nothing to answer
  base::Nanos retry_at_ = 0;
  base::Nanos backoff_ = base::kSecond;
  uint64_t lost_ = 0;
  std::string error_;
};

// The member of the set "ADDRESS:PORT/PROTO": "1700000000:1:18:55".
std::string redis_status(const result::Observation& o);

}  // namespace portolan::output
