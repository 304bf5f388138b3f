// SPDX-License-Identifier: Apache-2.0
#include "portolan/demo_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <sstream>
#include <string_view>

namespace portolan::cli {
namespace {

using Ports = std::set<OpenPort>;

constexpr std::string_view kRow = "  {:<11} {:<15} {:<34} {}\n";

std::string painted(const ReportStyle& style, int color, const std::string& text) {
  return style.color ? fmt::format("\033[{}m{}\033[0m", color, text) : text;
}

std::string map_line(const ReportStyle& style, int depth, bool last, std::string_view name, int subnet, int number,
                     std::string_view story) {
  const char* branch = style.utf8 ? (last ? "└── " : "├── ") : (last ? "`-- " : "|-- ");
  const std::string lead = std::string(static_cast<size_t>(depth) * 4, ' ') + branch;
  const size_t name_width = 16 - static_cast<size_t>(depth) * 4;
  return fmt::format("  {}{:<{}} {:<12} {:<16} {}\n", lead, name, name_width, v4_address(subnet, number),
                     v6_address(subnet, number), story);
}

// "22 80 443/tcp 7/udp"
std::string ports_text(const Ports& ports) {
  std::string text;
  for (const std::string protocol : {"tcp", "udp"}) {
    std::string numbers;
    for (const auto& [address, of, port] : ports) {
      if (of == protocol) numbers += fmt::format("{}{}", numbers.empty() ? "" : " ", port);
    }
    if (!numbers.empty()) text += fmt::format("{}{}/{}", text.empty() ? "" : "  ", numbers, protocol);
  }
  return text.empty() ? "nothing" : text;
}

Ports of_address(const Ports& all, const std::string& address) {
  Ports some;
  std::copy_if(all.begin(), all.end(), std::inserter(some, some.end()),
               [&](const OpenPort& port) { return std::get<0>(port) == address; });
  return some;
}

Ports minus(const Ports& a, const Ports& b) {
  Ports rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
  return rest;
}

std::string verdict(const Ports& truth, const Ports& found, const ReportStyle& style) {
  const Ports missing = minus(truth, found), invented = minus(found, truth);
  if (missing.empty() && invented.empty()) return painted(style, 32, style.utf8 ? "✓ the same" : "the same");
  std::string text = style.utf8 ? "✗" : "NOT THE SAME:";
  if (!missing.empty()) text += " missing " + ports_text(missing);
  if (!invented.empty()) text += " invented " + ports_text(invented);
  return painted(style, 31, text);
}

}  // namespace

std::string demo_map(const ReportStyle& style) {
  std::string text = fmt::format("  {:<20} {:<12} {}\n", "scanner", v4_address(1, DemoNetwork::kScanner),
                                 v6_address(1, DemoNetwork::kScanner));
  const auto& hosts = DemoNetwork::hosts();
  for (const HostPlan& host : hosts) {
    if (host.subnet == 1) text += map_line(style, 0, false, host.name, 1, host.number, host.story);
  }
  text += map_line(style, 0, true, "router", 1, DemoNetwork::kRouter, "joins the two subnets");
  for (const HostPlan& host : hosts) {
    if (host.subnet == 2) text += map_line(style, 1, &host == &hosts.back(), host.name, 2, host.number, host.story);
  }
  return text;
}

std::string demo_comparison(const Ports& truth, const Ports& found, const ReportStyle& style) {
  std::string text = fmt::format(fmt::runtime(kRow), "host", "address", "open, says the host's own kernel", "found");
  Ports elsewhere = found;
  for (const HostPlan& host : DemoNetwork::hosts()) {
    for (const auto& address : {v4_address(host.subnet, host.number), v6_address(host.subnet, host.number)}) {
      const Ports open = of_address(truth, address), seen = of_address(found, address);
      text += fmt::format(fmt::runtime(kRow), host.name, address, ports_text(open), verdict(open, seen, style));
      elsewhere = minus(elsewhere, seen);
    }
  }
  for (const auto& [address, protocol, port] : elsewhere) {
    const Ports one = {{address, protocol, port}};
    text += fmt::format(fmt::runtime(kRow), "nobody", address, "nothing", verdict({}, one, style));
  }
  return text + fmt::format("\n  {} open, {} found, {} missing, {} invented\n", truth.size(), found.size(),
                            minus(truth, found).size(), minus(found, truth).size());
}

Ports read_list(std::istream& file) {
  Ports found;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string state, protocol, address;
    uint16_t port = 0;
    if (words >> state >> protocol >> port >> address && state == "open") found.emplace(address, protocol, port);
  }
  return found;
}

}  // namespace portolan::cli
