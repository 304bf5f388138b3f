// SPDX-License-Identifier: Apache-2.0
#include "host/source_ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

namespace portolan::host {
namespace {

constexpr uint32_t kPreferredFirst = 61000;  // just above the range that Linux draws from by default
constexpr uint32_t kLowestFirst = 1024;

// /proc/self would be the main thread's, which may live in another namespace.
constexpr const char* kSocketTables[] = {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6",
                                         "/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"};

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::optional<uint16_t> number(std::string_view text, int base) {
  uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class OnPart>
void split(std::string_view text, char separator, OnPart on_part) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    on_part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

bool drawn_by_kernel(const PortUse& use, uint32_t port) {
  return port >= use.ephemeral.first && port <= use.ephemeral.last && !use.reserved[port];
}

bool is_free(const PortUse& use, uint32_t port) {
  return !use.bound[port] && !use.reserved[port] && !drawn_by_kernel(use, port);
}

std::optional<PortRange> find_free(const PortUse& use, uint32_t from, uint32_t count) {
  uint32_t run = 0;
  for (uint32_t port = from; port <= 65535; ++port) {
    run = is_free(use, port) ? run + 1 : 0;
    if (run == count)
      return PortRange{.first = static_cast<uint16_t>(port - count + 1), .last = static_cast<uint16_t>(port)};
  }
  return std::nullopt;
}

uint32_t longest_free(const PortUse& use) {
  uint32_t longest = 0;
  uint32_t run = 0;
  for (uint32_t port = kLowestFirst; port <= 65535; ++port) {
    run = is_free(use, port) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

void note_sockets(std::string_view proc_net_table, std::bitset<65536>& bound) {
  split(proc_net_table, '\n', [&](std::string_view line) {
    // "   0: 0100007F:1F90 00000000:0000 0A ..."; the heading has no colon.
    const size_t slot_end = line.find(": ");
    if (slot_end == std::string_view::npos) return;
    line = trimmed(line.substr(slot_end + 2));
    const std::string_view local = line.substr(0, line.find(' '));
    const size_t colon = local.find(':');
    if (colon == std::string_view::npos) return;
    if (const auto port = number(local.substr(colon + 1), 16)) bound.set(*port);
  });
}

void note_port_list(std::string_view list, std::bitset<65536>& ports) {
  split(trimmed(list), ',', [&](std::string_view part) {
    const size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash), 10);
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1), 10);
    if (!first || !last) return;
    for (uint32_t port = *first; port <= *last; ++port) ports.set(port);
  });
}

PortUse read_port_use() {
  PortUse use;
  for (const char* table : kSocketTables) note_sockets(read_file(table), use.bound);
  note_port_list(read_file("/proc/sys/net/ipv4/ip_local_reserved_ports"), use.reserved);
  std::istringstream range(read_file("/proc/sys/net/ipv4/ip_local_port_range"));
  PortRange read;
  if (range >> read.first >> read.last) use.ephemeral = read;
  return use;
}

tl::expected<PortRange, std::string> choose_source_ports(const PortUse& use, uint32_t count) {
  for (const uint32_t from : {kPreferredFirst, kLowestFirst}) {
    if (const auto range = find_free(use, from, std::max(count, 1u))) return *range;
  }
  return tl::make_unexpected(fmt::format(
      "no {} consecutive source ports are free (the most is {}): the kernel draws its own from {}-{}. Shorten that "
      "with "
      "'sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\"', or choose fewer ports with --source-port FIRST-LAST",
      count, longest_free(use), use.ephemeral.first, use.ephemeral.last));
}

std::vector<std::string> check_source_ports(const PortUse& use, PortRange range) {
  uint32_t drawn = 0;
  std::vector<uint32_t> bound;
  for (uint32_t port = range.first; port <= range.last; ++port) {
    drawn += drawn_by_kernel(use, port);
    if (use.bound[port]) bound.push_back(port);
  }
  std::vector<std::string> warnings;
  if (drawn != 0) {
    warnings.push_back(fmt::format(
        "{} of the source ports {}-{} lie in the range {}-{} from which the kernel draws ports for connections of its "
        "own; keep it off them with 'sysctl -w net.ipv4.ip_local_reserved_ports={}-{}'",
        drawn, range.first, range.last, use.ephemeral.first, use.ephemeral.last, range.first, range.last));
  }
  if (!bound.empty()) {
    warnings.push_back(fmt::format("{} of the source ports {}-{} {} a socket of this machine, the first is {}",
                                   bound.size(), range.first, range.last,
                                   bound.size() == 1 ? "belongs to" : "belong to", bound.front()));
  }
  return warnings;
}

}  // namespace portolan::host
