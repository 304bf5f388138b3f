// SPDX-License-Identifier: Apache-2.0
#include "portolan/demo_host.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace portolan::cli {
namespace {

int open_port(int family, int type, uint16_t port) {
  const int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int only = 1;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const bool is_v6 = family == AF_INET6;
  if (is_v6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  const auto* address = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  const socklen_t size = is_v6 ? sizeof v6 : sizeof v4;
  if (bind(fd, address, size) != 0 || (type == SOCK_STREAM && listen(fd, 128) != 0)) {
    throw std::runtime_error(fmt::format("a host of the small network cannot open port {}", port));
  }
  return fd;
}

void answer(int fd) {
  const int connection = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection >= 0) {
    close(connection);
    return;
  }
  std::array<char, 2048> buffer{};
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const ssize_t n = recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
  if (n >= 0) sendto(fd, buffer.data(), static_cast<size_t>(n), 0, reinterpret_cast<sockaddr*>(&peer), size);
}

}  // namespace

std::vector<pollfd> open_ports(const HostPlan& plan) {
  std::vector<pollfd> open;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const uint16_t port : plan.tcp) open.push_back({open_port(family, SOCK_STREAM, port), POLLIN, 0});
    for (const uint16_t port : plan.udp) open.push_back({open_port(family, SOCK_DGRAM, port), POLLIN, 0});
  }
  return open;
}

[[noreturn]] void serve(std::vector<pollfd> open) {
  for (;;) {
    poll(open.data(), open.size(), -1);
    for (const pollfd& one : open) {
      if (one.revents != 0) answer(one.fd);
    }
  }
}

// A row is "0: 00000000:0050 00000000:0000 0A ...": slot, local address and port, remote ones, state.
std::set<uint16_t> listening_ports(pid_t pid, std::string_view table) {
  const std::string_view listening = table.starts_with("tcp") ? "0A" : "07";
  std::ifstream file(fmt::format("/proc/{}/net/{}", pid, table));
  std::set<uint16_t> ports;
  std::string line;
  std::getline(file, line);  // the column names
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state;
    words >> slot >> local >> remote >> state;
    if (state != listening) continue;
    ports.insert(static_cast<uint16_t>(std::stoul(local.substr(local.find(':') + 1), nullptr, 16)));
  }
  return ports;
}

}  // namespace portolan::cli
