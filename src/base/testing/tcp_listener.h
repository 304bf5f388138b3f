// SPDX-License-Identifier: Apache-2.0
// TcpListener, TcpSocket: the kernel's own TCP as the other side in a test, non-blocking, to be turned in the test's
// loop.
//
// For tests only, inside a PrivateNetwork. Throws when the system refuses.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace portolan::base::testing {

class TcpSocket {
 public:
  TcpSocket() = default;
  explicit TcpSocket(int fd) : fd_(fd) { fcntl(fd, F_SETFL, O_NONBLOCK); }
  TcpSocket(TcpSocket&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  TcpSocket& operator=(TcpSocket&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~TcpSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // What has come, up to `most` bytes; ended() and was_reset() tell more.
  std::string take(size_t most = 65536) {
    std::string bytes(most, '\0');
    const ssize_t n = ::recv(fd_, bytes.data(), most, 0);
    if (n == 0) ended_ = true;
    // Behind a FIN a reset shows only here.
    int error = n < 0 ? errno : 0;
    socklen_t size = sizeof error;
    if (n == 0) ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == ECONNRESET || error == EPIPE) reset_ = true;
    bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return bytes;
  }
  size_t send(std::string_view bytes) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return n > 0 ? static_cast<size_t>(n) : 0;
  }
  void finish() { ::shutdown(fd_, SHUT_WR); }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
  }
  bool ended() const { return ended_; }
  bool was_reset() const { return reset_; }

 private:
  int fd_ = -1;
  bool ended_ = false;
  bool reset_ = false;
};

class TcpListener {
 public:
  explicit TcpListener(bool v6 = false) : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in6 at6{};
    at6.sin6_family = AF_INET6;
    at6.sin6_addr = in6addr_loopback;
    sockaddr_in at4{};
    at4.sin_family = AF_INET;
    at4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* at = v6 ? reinterpret_cast<sockaddr*>(&at6) : reinterpret_cast<sockaddr*>(&at4);
    socklen_t size = v6 ? sizeof at6 : sizeof at4;
    if (fd_ < 0 || ::bind(fd_, at, size) != 0 || ::listen(fd_, 16) != 0 || ::getsockname(fd_, at, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(v6 ? at6.sin6_port : at4.sin_port);
  }
  ~TcpListener() { ::close(fd_); }
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  uint16_t port() const { return port_; }
  int fd() const { return fd_; }
  // Empty-handed when nobody is there.
  TcpSocket accept() {
    const int fd = ::accept(fd_, nullptr, nullptr);
    return fd < 0 ? TcpSocket() : TcpSocket(fd);
  }

 private:
  int fd_;
  uint16_t port_ = 0;
};

// Waits until one of them has something, at most a second: so that a test that waits in vain ends.
template <class... Fds>
void wait_for_any(Fds... fds) {
  pollfd all[] = {pollfd{fds, POLLIN, 0}...};
  ::poll(all, sizeof...(fds), 1000);
}

}  // namespace portolan::base::testing
