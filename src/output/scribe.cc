// SPDX-License-Identifier: Apache-2.0
#include "output/scribe.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/errno_text.h"

namespace portolan::output {

struct Scribe::Order {
  uint64_t at;
  uint64_t size;
};

struct Scribe::Answer {
  int64_t result;
  int32_t error;
};

namespace {

ssize_t write_directly(int fd, std::string_view bytes, uint64_t at) {
  if (at == Scribe::kAtEnd) return ::write(fd, bytes.data(), bytes.size());
  return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
}

union Control {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr align;
};

// A datagram, and with it a descriptor.
bool send_with(int socket, const void* data, size_t size, int fd) {
  iovec part{const_cast<void*>(data), size};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

// The descriptor, or -1 at the end.
int receive_with(int socket, void* data, size_t size) {
  iovec part{data, size};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got = 0;
  do got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const cmsghdr* header = got == static_cast<ssize_t>(size) ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

void close_all_but(int kept) {
  const auto number = static_cast<unsigned>(kept);
  if (number > 0) ::close_range(0, number - 1, 0);
  ::close_range(number + 1, ~0u, 0);
}

}  // namespace

tl::expected<std::shared_ptr<Scribe>, std::string> Scribe::start() {
  void* shared = ::mmap(nullptr, kMostBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shared == MAP_FAILED) return tl::unexpected(base::errno_text("cannot share memory"));
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    auto error = base::errno_text("cannot make a socket");
    ::munmap(shared, kMostBytes);
    return tl::unexpected(std::move(error));
  }
  const pid_t child = ::fork();
  if (child == 0) serve(ends[1], static_cast<const char*>(shared));
  ::close(ends[1]);
  auto scribe = std::shared_ptr<Scribe>(new Scribe(ends[0], static_cast<char*>(shared), child));
  if (child < 0) return tl::unexpected(base::errno_text("cannot start a process"));
  return scribe;
}

Scribe::~Scribe() {
  ::close(socket_);
  if (child_ > 0) {
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ::munmap(shared_, kMostBytes);
}

// The child's whole life. Each order is a write: its bytes lie in the shared memory until it is answered.
void Scribe::serve(int socket, const char* shared) {
  ::setsid();  // the terminal's signals are for our parent
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE}) std::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "portolan-scribe");
  close_all_but(socket);
  Order order{};
  for (int fd = -1; (fd = receive_with(socket, &order, sizeof order)) >= 0; ::close(fd)) {
    Answer answer{};
    do answer.result = write_directly(fd, {shared, order.size}, order.at);
    while (answer.result < 0 && errno == EINTR);
    answer.error = errno;
    if (::send(socket, &answer, sizeof answer, MSG_NOSIGNAL) < 0 && errno != EPIPE) break;
  }
  std::_Exit(0);
}

bool Scribe::ask(const Order& order, int fd, Answer& answer) {
  if (child_ <= 0 || !send_with(socket_, &order, sizeof order, fd)) return false;
  ssize_t got = 0;
  do got = ::recv(socket_, &answer, sizeof answer, 0);
  while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof answer);
}

ssize_t Scribe::write(int fd, std::string_view bytes, uint64_t at) {
  const std::lock_guard lock(mutex_);
  Answer answer{};
  if (bytes.size() <= kMostBytes) {
    std::memcpy(shared_, bytes.data(), bytes.size());
    if (ask({at, bytes.size()}, fd, answer)) {
      errno = answer.error;
      return static_cast<ssize_t>(answer.result);
    }
  }
  return write_directly(fd, bytes, at);
}

}  // namespace portolan::output
