// SPDX-License-Identifier: Apache-2.0
#include "portolan/metrics_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include "addr/grammar.h"
#include "base/unique_fd.h"
#include "portolan/metrics_child.h"

namespace portolan::cli {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kBacklog = 16;

tl::unexpected<std::string> failure(std::string_view what) {
  return tl::unexpected(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

bool is_loopback(const addr::IpAddress& a) {
  return a.is_v4() ? a.v4_bits() >> 24 == 127 : a == addr::IpAddress::v6(1);
}

// The address as the socket calls want it, and its length.
std::pair<sockaddr_storage, socklen_t> socket_address(const MetricsAddress& at) {
  sockaddr_storage out{};
  if (at.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(at.port);
    at.address.store_v4(reinterpret_cast<uint8_t*>(&v4.sin_addr));
    std::memcpy(&out, &v4, sizeof v4);
    return {out, sizeof v4};
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(at.port);
  at.address.store_v6(reinterpret_cast<uint8_t*>(&v6.sin6_addr));
  std::memcpy(&out, &v6, sizeof v6);
  return {out, sizeof v6};
}

tl::expected<base::UniqueFd, std::string> listen_at(const MetricsAddress& at) {
  const auto [address, length] = socket_address(at);
  base::UniqueFd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const std::string what = fmt::format("listen at {} port {} for the metrics", at.address.to_string(), at.port);
  const int yes = 1;
  if (fd.get() < 0 || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return failure(what);
  }
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  in_port_t port = 0;
  const size_t at = address.ss_family == AF_INET ? offsetof(sockaddr_in, sin_port) : offsetof(sockaddr_in6, sin6_port);
  std::memcpy(&port, reinterpret_cast<const char*>(&address) + at, sizeof port);
  return ntohs(port);
}

// What the child says of itself: empty when it serves, else why not.
std::string verdict(int ready) {
  std::string said;
  char part[256];
  for (;;) {
    const ssize_t n = ::read(ready, part, sizeof part);
    if (n > 0) {
      said.append(part, static_cast<size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      break;
    }
  }
  if (said == std::string(1, MetricsChild::kReady)) return {};
  return said.empty() ? "the process for the metrics has died" : "the process for the metrics: " + said;
}

}  // namespace

tl::expected<MetricsAddress, std::string> MetricsAddress::parse(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return tl::unexpected(fmt::format("'{}': {}; write 9464, 127.0.0.1:9464 or [::1]:9464", text, why));
  };
  MetricsAddress out;
  const size_t colon = text.rfind(':');
  const std::string_view digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return wrong("there is no port");
  if (colon == std::string_view::npos) return out;
  const std::string_view host = text.substr(0, colon);
  const auto address = addr::parse_address(host);
  if (!address) return wrong(address.error().what);
  if (!address->is_v4() && !host.starts_with('[')) return wrong("an IPv6 address needs brackets before a port");
  if (!is_loopback(*address)) return wrong("metrics are served on loopback addresses only");
  out.address = *address;
  return out;
}

tl::expected<void, std::string> MetricsServer::share(size_t count) {
  const size_t bytes = std::max<size_t>(count, 1) * sizeof(std::atomic<uint64_t>);
  void* page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return failure("share memory for the metrics");
  static_assert(std::atomic<uint64_t>::is_always_lock_free, "processes share them");
  values_ = static_cast<std::atomic<uint64_t>*>(page);
  std::uninitialized_value_construct_n(values_, count);
  count_ = count;
  return {};
}

tl::expected<MetricsServer, std::string> MetricsServer::start(const MetricsAddress& address,
                                                              std::vector<Metric> metrics, base::Nanos started_wall) {
  MetricsServer server;
  auto listener = listen_at(address);
  if (!listener) return tl::unexpected(listener.error());
  server.port_ = port_of(listener->get());
  if (const auto shared = server.share(metrics.size()); !shared) return tl::unexpected(shared.error());
  int ready[2];
  int alive[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return failure("make a pipe");
  base::UniqueFd hear(ready[0]);
  base::UniqueFd tell(ready[1]);
  if (::pipe2(alive, O_CLOEXEC) != 0) return failure("make a pipe");
  base::UniqueFd parent(alive[0]);
  server.alive_ = alive[1];
  const passwd* nobody = ::getpwnam("nobody");
  MetricsChild child{.listener = listener->get(),
                     .ready = tell.get(),
                     .parent = parent.get(),
                     .user = nobody != nullptr ? nobody->pw_uid : kNobody,
                     .group = nobody != nullptr ? nobody->pw_gid : kNobody,
                     .metrics = metrics,
                     .values = server.values_,
                     .started_wall = started_wall};
  server.child_ = ::fork();
  if (server.child_ < 0) return failure("start a process for the metrics");
  if (server.child_ == 0) child.run();
  tell = base::UniqueFd();  // the child has its own
  if (std::string why = verdict(hear.get()); !why.empty()) return tl::unexpected(std::move(why));
  return server;
}

MetricsServer::MetricsServer(MetricsServer&& other) noexcept
    : values_(std::exchange(other.values_, nullptr)),
      count_(std::exchange(other.count_, 0)),
      child_(std::exchange(other.child_, 0)),
      alive_(std::exchange(other.alive_, -1)),
      port_(other.port_) {}

MetricsServer::~MetricsServer() {
  if (alive_ >= 0) ::close(alive_);
  if (child_ > 0) {
    ::kill(child_, SIGKILL);  // at once where we may; else it sees the end of the pipe
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (values_ != nullptr) ::munmap(values_, std::max<size_t>(count_, 1) * sizeof(std::atomic<uint64_t>));
}

}  // namespace portolan::cli
