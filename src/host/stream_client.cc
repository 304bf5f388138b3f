// SPDX-License-Identifier: Apache-2.0
#include "host/stream_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace portolan::host {

using Kind = StreamEvent::Kind;
constexpr size_t kAtOnce = 64;  // streams of a poll; those left over are told by the next

// A queue of bytes in borrowed memory of 2^n bytes.
class StreamClient::Ring {
 public:
  Ring() = default;
  explicit Ring(base::MutableBytes memory) : memory_(memory) {}

  size_t size() const { return size_; }
  size_t room() const { return memory_.size() - size_; }
  base::Bytes front() const {
    const size_t at = head_ & mask();
    return memory_.subspan(at, std::min(size_, memory_.size() - at));
  }
  base::MutableBytes back() {
    const size_t at = (head_ + size_) & mask();
    return memory_.subspan(at, std::min(room(), memory_.size() - at));
  }
  void grow(size_t n) { size_ += n; }
  void consume(size_t n) { head_ += n, size_ -= n; }
  void clear() { head_ = size_ = 0; }
  size_t append(base::Bytes bytes) {
    size_t taken = 0;
    while (taken < bytes.size() && room() != 0) {
      const base::MutableBytes to = back();
      const size_t n = std::min(to.size(), bytes.size() - taken);
      std::memcpy(to.data(), bytes.data() + taken, n);
      grow(n);
      taken += n;
    }
    return taken;
  }

 private:
  size_t mask() const { return memory_.size() - 1; }
  base::MutableBytes memory_;
  size_t head_ = 0;
  size_t size_ = 0;
};

struct StreamClient::Stream {
  int fd = -1;
  Ring in{};
  Ring out{};
  uint32_t wanted = 0;  // of epoll; 0: it is not in the set, since a hangup could not be masked otherwise
  bool connected = false;
  bool finishing = false;           // finish() was called
  bool finished = false;            // our FIN is sent
  bool ended = false;               // the server's has come
  std::optional<StreamEnd> doom{};  // to be told
  base::Nanos deadline = 0;
};

StreamClient::StreamClient(const StreamLimits& limits, int epoll)
    : limits_(limits),
      epoll_(epoll),
      memory_(new uint8_t[size_t{2} * limits.streams * limits.buffer]),
      streams_(limits.streams),
      wheel_(limits.streams) {
  free_.reserve(limits.streams);
  for (StreamId id = limits.streams; id-- > 0;) {
    uint8_t* at = memory_.get() + size_t{2} * id * limits.buffer;
    streams_[id].in = Ring({at, limits.buffer});
    streams_[id].out = Ring({at + limits.buffer, limits.buffer});
    free_.push_back(id);
  }
  released_.reserve(limits.streams);
  events_.reserve(size_t{limits.streams} + 4 * kAtOnce);
}

StreamClient::~StreamClient() {
  for (StreamId id = 0; id < streams_.size(); ++id) abort(id);
  ::close(epoll_);
}

tl::expected<std::unique_ptr<StreamClient>, std::string> StreamClient::create(const StreamLimits& limits) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return tl::unexpected(std::string("cannot watch connections: ") + std::strerror(errno));
  StreamLimits exact = limits;
  exact.streams = std::max(1u, limits.streams);
  exact.buffer = std::bit_ceil(std::max(1u, limits.buffer));
  return std::unique_ptr<StreamClient>(new StreamClient(exact, epoll));
}

std::optional<StreamId> StreamClient::open(const addr::IpAddress& address, uint16_t port, base::Nanos now) {
  if (free_.empty()) return std::nullopt;
  const StreamId id = free_.back();
  free_.pop_back();
  streams_[id].deadline = now + limits_.connect;
  wheel_.set(id, streams_[id].deadline);
  connect(id, address, port);
  return id;
}

void StreamClient::connect(StreamId id, const addr::IpAddress& address, uint16_t port) {
  Stream& s = streams_[id];
  s.fd = ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (s.fd < 0) return doom(id, StreamEnd::kUnreachable);
  const int on = 1;
  ::setsockopt(s.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_storage to{};
  socklen_t size = 0;
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(to);
    v4.sin_family = AF_INET;
    base::store_be16(reinterpret_cast<uint8_t*>(&v4.sin_port), port);
    address.store_v4(reinterpret_cast<uint8_t*>(&v4.sin_addr));
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
    v6.sin6_family = AF_INET6;
    base::store_be16(reinterpret_cast<uint8_t*>(&v6.sin6_port), port);
    address.store_v6(v6.sin6_addr.s6_addr);
    size = sizeof v6;
  }
  if (::connect(s.fd, reinterpret_cast<const sockaddr*>(&to), size) != 0 && errno != EINPROGRESS) {
    return doom(id, errno == ECONNREFUSED ? StreamEnd::kRefused : StreamEnd::kUnreachable);
  }
  want(id);
}

// Has epoll watch for what can be used.
void StreamClient::want(StreamId id) {
  Stream& s = streams_[id];
  uint32_t wanted = 0;
  if (!s.connected || s.out.size() != 0) wanted |= EPOLLOUT;
  if (s.connected && !s.ended && s.in.room() != 0) wanted |= EPOLLIN;
  if (s.doom) wanted = 0;
  if (wanted == s.wanted || s.fd < 0) return;
  epoll_event e{};
  e.events = wanted;
  e.data.u32 = id;
  const int what = wanted == 0 ? EPOLL_CTL_DEL : s.wanted == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  s.wanted = wanted;
  if (epoll_ctl(epoll_, what, s.fd, &e) != 0 && wanted != 0) doom(id, StreamEnd::kUnreachable);
}

// It is over, and the next poll tells so.
void StreamClient::doom(StreamId id, StreamEnd how) {
  Stream& s = streams_[id];
  if (s.doom) return;
  s.doom = how;
  wheel_.set(id, 0);
  want(id);
}

void StreamClient::release(StreamId id) {
  Stream& s = streams_[id];
  if (s.fd >= 0) ::close(s.fd);
  Ring in = s.in;
  Ring out = s.out;
  in.clear();
  out.clear();
  s = Stream{};
  s.in = in;
  s.out = out;
  wheel_.cancel(id);
  released_.push_back(id);
}

void StreamClient::abort(StreamId id) {
  Stream& s = streams_[id];
  if (s.fd < 0 && !s.doom) return;  // free
  const linger at_once{1, 0};
  if (s.fd >= 0) ::setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  release(id);
}

void StreamClient::tell(StreamId id, Kind kind, StreamEnd how) { events_.push_back({id, kind, how}); }

std::span<const StreamEvent> StreamClient::poll(base::Nanos now) {
  events_.clear();
  free_.insert(free_.end(), released_.begin(), released_.end());
  released_.clear();
  std::array<epoll_event, kAtOnce> ready;
  const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& e = ready[static_cast<size_t>(i)];
    on_ready(e.data.u32, e.events, now);
  }
  while (const auto id = wheel_.take_due(now)) on_deadline(*id, now);
  return events_;
}

void StreamClient::on_ready(StreamId id, uint32_t events, base::Nanos now) {
  Stream& s = streams_[id];
  if (s.doom) return;
  if (!s.connected && !on_connected(id, now)) return;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(id, now);
  if (!s.doom && (events & EPOLLOUT) != 0) flush(id, now);
  if (!s.doom) settle(id);
}

bool StreamClient::on_connected(StreamId id, base::Nanos now) {
  Stream& s = streams_[id];
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(s.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    doom(id, error == ECONNREFUSED ? StreamEnd::kRefused : StreamEnd::kUnreachable);
    return false;
  }
  s.connected = true;
  s.deadline = now + limits_.idle;
  tell(id, Kind::kConnected);
  return true;
}

void StreamClient::receive(StreamId id, base::Nanos now) {
  Stream& s = streams_[id];
  const base::MutableBytes to = s.in.back();
  if (s.ended || to.empty()) return;
  const ssize_t n = ::recv(s.fd, to.data(), to.size(), 0);
  if (n > 0) {
    s.in.grow(static_cast<size_t>(n));
    s.deadline = now + limits_.idle;
    tell(id, Kind::kData);
  } else if (n == 0) {
    s.ended = true;
    tell(id, Kind::kEnd);
  } else if (errno != EAGAIN && errno != EINTR) {
    doom(id, StreamEnd::kReset);
  }
}

void StreamClient::flush(StreamId id, base::Nanos now) {
  Stream& s = streams_[id];
  const size_t before = s.out.size();
  while (s.out.size() != 0) {
    const base::Bytes piece = s.out.front();
    const ssize_t n = ::send(s.fd, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return doom(id, StreamEnd::kReset);
    if (n <= 0) break;
    s.out.consume(static_cast<size_t>(n));
    s.deadline = now + limits_.idle;
  }
  if (s.out.size() != before) tell(id, Kind::kRoom);
}

// What follows from what was moved: our FIN, the end, what is to be watched for.
void StreamClient::settle(StreamId id) {
  Stream& s = streams_[id];
  if (s.doom) return;
  if (s.finishing && !s.finished && s.connected && s.out.size() == 0) {
    s.finished = true;
    ::shutdown(s.fd, SHUT_WR);
  }
  if (s.finished && s.ended && s.in.size() == 0) return doom(id, StreamEnd::kClosed);
  want(id);
}

void StreamClient::on_deadline(StreamId id, base::Nanos now) {
  Stream& s = streams_[id];
  if (!s.doom && s.deadline > now) return wheel_.set(id, s.deadline);
  if (!s.doom) s.doom = s.connected ? StreamEnd::kIdle : StreamEnd::kTimedOut;
  tell(id, Kind::kGone, *s.doom);
  release(id);
}

size_t StreamClient::send(StreamId id, base::Bytes bytes, base::Nanos now) {
  Stream& s = streams_[id];
  if (s.doom || s.finishing) return 0;
  const size_t taken = s.out.append(bytes);
  if (s.connected) s.deadline = now + limits_.idle;
  want(id);
  return taken;
}

size_t StreamClient::room(StreamId id) const { return streams_[id].out.room(); }

void StreamClient::finish(StreamId id) {
  streams_[id].finishing = true;
  settle(id);
}

base::Bytes StreamClient::received(StreamId id) const { return streams_[id].in.front(); }

void StreamClient::consume(StreamId id, size_t n, base::Nanos now) {
  Stream& s = streams_[id];
  s.in.consume(n);
  if (s.connected) s.deadline = now + limits_.idle;
  settle(id);
}

}  // namespace portolan::host
