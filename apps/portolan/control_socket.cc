// SPDX-License-Identifier: Apache-2.0
#include "portolan/control_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/errno_text.h"

namespace portolan::cli {
namespace {

constexpr size_t kLongestRequest = 64 << 10;
constexpr int kPatience = 2;  // seconds

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* as_sockaddr(const sockaddr_un& a) { return reinterpret_cast<const sockaddr*>(&a); }

void set_patience(int fd) {
  const timeval patience{kPatience, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

bool may_ask(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == 0 || who.uid == ::geteuid());
}

// Up to the newline; nullopt when the other side was too slow, too long or gone before it.
std::optional<std::string> read_line(int fd, size_t most) {
  std::string line;
  std::array<char, 4096> piece{};
  while (line.size() < most) {
    const ssize_t n = ::recv(fd, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    line.append(piece.data(), static_cast<size_t>(n));
    if (const size_t end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
  }
  return std::nullopt;
}

bool send_line(int fd, std::string line) {
  line.push_back('\n');
  size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t n = ::send(fd, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return words;
    line.remove_prefix(first);
    const size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

tl::expected<base::UniqueFd, std::string> connect_to(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(fmt::format("{}: the path is too long for a socket", path));
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), as_sockaddr(*address), sizeof *address) != 0)
    return tl::unexpected(base::errno_text(path));
  set_patience(fd.get());
  return fd;
}

// A socket that nobody answers at is the rest of a program that was killed.
tl::expected<void, std::string> clear_place(const std::string& path) {
  if (connect_to(path)) return tl::unexpected(fmt::format("{}: another program answers there", path));
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<ControlSocket>, std::string> ControlSocket::open(const std::string& path,
                                                                              Answerer answerer) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(fmt::format("{}: the path is too long for a socket", path));
  if (auto cleared = clear_place(path); !cleared) return tl::unexpected(cleared.error());
  base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return tl::unexpected(base::errno_text(path));
  const mode_t before = ::umask(0077);  // nobody else, from the first moment
  const bool bound = ::bind(listener.get(), as_sockaddr(*address), sizeof *address) == 0;
  ::umask(before);
  if (!bound || ::listen(listener.get(), 16) != 0) return tl::unexpected(base::errno_text(path));
  return std::unique_ptr<ControlSocket>(new ControlSocket(path, std::move(listener), std::move(answerer)));
}

ControlSocket::ControlSocket(std::string path, base::UniqueFd listener, Answerer answerer)
    : path_(std::move(path)),
      listener_(std::move(listener)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      answerer_(std::move(answerer)),
      thread_([this] { serve(); }) {}

ControlSocket::~ControlSocket() {
  const uint64_t one = 1;
  while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::unlink(path_.c_str());
}

void ControlSocket::serve() {
  std::array<pollfd, 2> fds{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
  while (true) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    const base::UniqueFd caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (caller) serve_one(caller.get());
  }
}

void ControlSocket::serve_one(int fd) {
  set_patience(fd);
  if (!may_ask(fd)) {
    send_line(fd, R"({"ok":false,"error":"only root and the user that runs the scan may ask"})");
    return;
  }
  if (const auto line = read_line(fd, kLongestRequest)) send_line(fd, answerer_(words_of(*line)));
}

std::string control_folder() {
  if (::geteuid() == 0) return "/run/portolan";
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  return runtime != nullptr && *runtime != '\0' ? fmt::format("{}/portolan", runtime)
                                                : fmt::format("/tmp/portolan-{}", ::geteuid());
}

tl::expected<std::string, std::string> ask_control(const std::string& path, std::string_view request) {
  auto fd = connect_to(path);
  if (!fd) return tl::unexpected(fd.error());
  if (!send_line(fd->get(), std::string(request))) return tl::unexpected(base::errno_text(path));
  auto line = read_line(fd->get(), SIZE_MAX);
  if (!line) return tl::unexpected(fmt::format("{}: the program did not answer", path));
  return *std::move(line);
}

}  // namespace portolan::cli
