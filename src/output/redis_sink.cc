// SPDX-License-Identifier: Apache-2.0
#include "output/redis_sink.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace portolan::output {
namespace {

constexpr unsigned kRepliesEach = 3;
constexpr size_t kPumpAt = 512;        // results that make write() send by itself
constexpr int kFullMilliseconds = 50;  // that write() waits for room, once a tick
constexpr base::Nanos kMostBackoff = 30 * base::kSecond;

struct FreeReply {
  void operator()(redisReply* r) const { freeReplyObject(r); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

void append(redisContext* c, std::initializer_list<std::string_view> words) {
  std::array<const char*, 4> data{};
  std::array<size_t, 4> sizes{};
  size_t n = 0;
  for (const std::string_view word : words) {
    data.at(n) = word.data();
    sizes.at(n++) = word.size();
  }
  redisAppendCommandArgv(c, static_cast<int>(n), data.data(), sizes.data());
}

void append_result(redisContext* c, const result::Observation& o) {
  const std::string ip = o.target.address.to_string();
  const std::string port = fmt::format("{}/{}", o.target.service.port, addr::name(o.target.service.protocol));
  append(c, {"SADD", "host", ip});
  append(c, {"SADD", ip, port});
  append(c, {"SADD", fmt::format("{}:{}", ip, port), redis_status(o)});
}

Reply ask(redisContext* c, std::initializer_list<std::string_view> words) {
  append(c, words);
  void* reply = nullptr;
  redisGetReply(c, &reply);
  return Reply(static_cast<redisReply*>(reply));
}

std::string_view words_of(const redisReply& reply) { return {reply.str, reply.len}; }

// Empty: all is well. REQUIRES: a blocking connection.
std::string why_not_greeted(redisContext* c, const std::string& password) {
  if (!password.empty()) {
    const Reply reply = ask(c, {"AUTH", password});
    if (reply == nullptr) return c->errstr;
    if (reply->type == REDIS_REPLY_ERROR) return std::string(words_of(*reply)) + "; see --redis-pwd";
  }
  const Reply reply = ask(c, {"PING"});
  if (reply == nullptr) return c->errstr;
  if (reply->type == REDIS_REPLY_ERROR) return std::string(words_of(*reply));
  return reply->type == REDIS_REPLY_STATUS && words_of(*reply) == "PONG" ? ""
                                                                         : "it does not speak as a Redis server does";
}

std::string peer_of(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  std::array<char, NI_MAXHOST> text{};
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) !=
      0) {
    return {};
  }
  return text.data();
}

// The server is there and cannot work just now.
bool is_passing(std::string_view error) { return error.starts_with("LOADING") || error.starts_with("TRYAGAIN"); }

int status_number(const result::Observation& o) {
  const addr::Protocol p = o.target.service.protocol;
  if (o.state == result::State::kUp) return p == addr::Protocol::kArp || p == addr::Protocol::kNdp ? 3 : 1;
  if (o.state == result::State::kOpen) return 1;
  return o.state == result::State::kClosed ? 2 : 0;
}

// The flags of the TCP segment that answered.
int reason_number(const result::Observation& o) {
  if (o.reason == result::Reason::kSynAck) return 0x12;
  return o.reason == result::Reason::kRst ? 0x14 : 0;
}

}  // namespace

std::string RedisServer::to_string() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

tl::expected<RedisServer, std::string> parse_redis_server(std::string_view text) {
  RedisServer server;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return tl::unexpected<std::string>("the bracket is not closed");
    server.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port[0] != ':') return tl::unexpected<std::string>("behind the bracket only a port may stand");
    if (has_port) port.remove_prefix(1);
  } else {
    const size_t colon = text.find(':');
    has_port = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
    server.host = has_port ? text.substr(0, colon) : text;
    if (has_port) port = text.substr(colon + 1);
  }
  if (server.host.empty()) return tl::unexpected<std::string>("there is no host");
  if (!has_port) return server;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (error != std::errc{} || end != port.data() + port.size() || server.port == 0) {
    return tl::unexpected(fmt::format("{} is no port", port));
  }
  return server;
}

std::string redis_status(const result::Observation& o) {
  return fmt::format("{}:{}:{}:{}", o.wall / base::kSecond, status_number(o), reason_number(o), o.ttl);
}

void RedisSink::Free::operator()(redisContext* c) const { redisFree(c); }

tl::expected<std::unique_ptr<result::Sink>, std::string> RedisSink::open(const RedisServer& server,
                                                                         const std::string& password,
                                                                         const base::Clock& clock, WhenFull when_full) {
  const timeval patience{kOpenSeconds, 0};
  const Context first(redisConnectWithTimeout(server.host.c_str(), server.port, patience));
  const auto failed = [&server](std::string_view reason) {
    return tl::unexpected(fmt::format("redis {}: {}", server.to_string(), reason));
  };
  if (first == nullptr) return failed("out of memory");
  if (first->err != 0) return failed(first->errstr);
  redisSetTimeout(first.get(), patience);
  const std::string why = why_not_greeted(first.get(), password);
  if (!why.empty()) return failed(why);
  auto sink = std::unique_ptr<RedisSink>(new RedisSink(server, peer_of(first->fd), password, clock, when_full));
  sink->connect();
  return sink;
}

RedisSink::RedisSink(RedisServer server, std::string address, std::string password, const base::Clock& clock,
                     WhenFull when)
    : server_(std::move(server)),
      address_(std::move(address)),
      password_(std::move(password)),
      clock_(&clock),
      when_full_(when) {}

RedisSink::~RedisSink() = default;

void RedisSink::connect() {
  context_.reset(redisConnectNonBlock(address_.c_str(), server_.port));
  progress_ = clock_->now();
  greeting_ = 1;
  if (context_ == nullptr) return disconnect("out of memory");
  if (context_->err != 0) return disconnect(context_->errstr);
  if (!password_.empty()) {
    append(context_.get(), {"AUTH", password_});
    greeting_ = 2;
  }
  append(context_.get(), {"PING"});
  unwritten_ = true;
}

// All that was not acknowledged is to be sent again.
void RedisSink::disconnect(std::string_view reason) {
  std::string why(reason);  // may lie in the context
  context_.reset();
  in_flight_ = 0;
  replies_ = 0;
  refused_ = false;
  retry_at_ = clock_->now() + backoff_;
  backoff_ = std::min(2 * backoff_, kMostBackoff);
  error_ = fmt::format("redis {}: {}", server_.to_string(), why);
  if (lost_ != 0) error_ += fmt::format("; {} results are lost", lost_);
}

void RedisSink::write(const result::Observation& o) {
  if (pending_.size() >= kMaxPending && context_ != nullptr) wait_for_room();
  if (pending_.size() >= kMaxPending) return lose(1, context_ == nullptr ? "not connected" : "too slow");
  pending_.push_back(o);
  if (pending_.size() % kPumpAt == 0) pump();
}

void RedisSink::wait_for_room() {
  if (when_full_ == WhenFull::kWait) {
    if (!drain(kEndMilliseconds) && context_ != nullptr) disconnect("the server does not answer");
  } else if (!waited_) {
    waited_ = true;
    wait(kFullMilliseconds);
    pump();
  }
}

void RedisSink::tick() {
  waited_ = false;
  const base::Nanos now = clock_->now();
  if (context_ == nullptr && now >= retry_at_) connect();
  pump();
  if (context_ == nullptr) return;
  if (in_flight_ == 0 && greeting_ == 0) progress_ = now;
  if (now - progress_ > kSilence) disconnect("the server does not answer");
}

void RedisSink::pump() {
  for (bool more = true; more && context_ != nullptr;) {
    feed();
    int done = 0;
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return disconnect(context_->errstr);
    unwritten_ = done == 0;
    if (in_flight_ == 0 && greeting_ == 0) return;
    if (redisBufferRead(context_.get()) != REDIS_OK) return disconnect(context_->errstr);
    more = take_replies();
  }
}

void RedisSink::feed() {
  while (in_flight_ < pending_.size() && in_flight_ < kMostInFlight) {
    append_result(context_.get(), pending_[in_flight_++]);
    unwritten_ = true;
  }
}

// Whether there was any.
bool RedisSink::take_replies() {
  bool any = false;
  for (;;) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) {
      disconnect(context_->errstr);
      return false;
    }
    if (raw == nullptr) return any;
    const Reply reply(static_cast<redisReply*>(raw));
    any = true;
    progress_ = clock_->now();
    if (!take(*reply)) return false;
  }
}

// False: the connection has been given up.
bool RedisSink::take(const redisReply& reply) {
  const bool error = reply.type == REDIS_REPLY_ERROR;
  if (error && (greeting_ > 0 || is_passing(words_of(reply)))) {
    disconnect(words_of(reply));
    return false;
  }
  if (greeting_ > 0) {
    if (--greeting_ == 0) backoff_ = base::kSecond;
    if (greeting_ == 0 && lost_ == 0) error_.clear();
    return true;
  }
  if (in_flight_ == 0) {
    disconnect("an answer without a question");
    return false;
  }
  if (error && !refused_) {
    refused_ = true;
    lose(1, words_of(reply));
  }
  if (++replies_ < kRepliesEach) return true;
  replies_ = 0;
  refused_ = false;
  pending_.pop_front();
  --in_flight_;
  return true;
}

void RedisSink::lose(uint64_t records, std::string_view reason) {
  lost_ += records;
  error_ = fmt::format("redis {}: {}; {} results are lost", server_.to_string(), reason, lost_);
}

void RedisSink::wait(int milliseconds) {
  pollfd ready{context_->fd, static_cast<short>(unwritten_ ? POLLIN | POLLOUT : POLLIN), 0};
  ::poll(&ready, 1, milliseconds);
}

// Sends and waits until everything is acknowledged, the connection breaks, or the server says nothing for so long.
bool RedisSink::drain(int milliseconds) {
  constexpr int kStep = 100;
  pump();
  for (int quiet = 0; context_ != nullptr && !pending_.empty() && quiet < milliseconds;) {
    const size_t before = pending_.size();
    const unsigned greeting = greeting_;
    wait(kStep);
    pump();
    const bool moved = pending_.size() != before || greeting_ != greeting;
    quiet = moved ? 0 : quiet + kStep;
  }
  return pending_.empty();
}

bool RedisSink::sync() {
  if (pending_.empty()) return error_.empty();
  return drain(kSyncMilliseconds) && error_.empty();
}

void RedisSink::end(const result::RunSummary&) {
  if (context_ == nullptr && !pending_.empty()) connect();
  drain(kEndMilliseconds);
  if (!pending_.empty()) {
    const std::string reason = error_.empty() ? "the server does not answer" : "not connected";
    lose(pending_.size(), reason);
    pending_.clear();
  }
  context_.reset();
}

}  // namespace portolan::output
