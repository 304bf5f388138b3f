// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>

#include "base/lanes.h"
#include "host/netlink.h"
#include "output/format.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"
#include "portolan/scan_options.h"
#include "portolan/self_check.h"
#include "scan/technique.h"

namespace portolan::cli {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

std::string_view kind_word(host::LinkKind kind) {
  if (kind == host::LinkKind::kLoopback) return "loopback";
  return kind == host::LinkKind::kEthernet ? "ethernet" : "raw-ip";
}

int list_interfaces() {
  using addr::IpAddress;
  const std::array<host::Stretch, 2> everywhere{
      host::Stretch{IpAddress::v4(0x01000000), IpAddress::v4(0xdfffffff)},
      host::Stretch{IpAddress::v6(base::make_u128(uint64_t{0x2000} << 48, 0)),
                    IpAddress::v6(base::make_u128(0x3fffffffffffffff, UINT64_MAX))}};
  const auto here = host::look(std::span<const host::Stretch>{});
  if (!here) {
    print_error({here.error(), {}, {}});
    return kFailed;
  }
  std::vector<std::vector<IpAddress>> routers;
  for (const host::Interface& i : here->interfaces) {
    // One that is down has no routes.
    const auto by_it =
        i.kind == host::LinkKind::kLoopback ? tl::unexpected(std::string()) : host::look(everywhere, i.name);
    routers.push_back(by_it ? routers_of(*by_it) : std::vector<IpAddress>{});
  }
  fmt::print("{}", interfaces_text(here->interfaces, routers));
  return kOk;
}

bool is(const options::Setting& s, std::string_view name) { return s.option == scan_table().find(name); }

}  // namespace

std::optional<int> answer_question(const options::Settings& settings, Persona persona) {
  for (const options::Setting& s : settings.settings) {
    if (is(s, "iflist")) return list_interfaces();
    if (is(s, "selftest")) return run_self_test() ? kOk : kFailed;
    if (is(s, "version")) {
      fmt::print("{}", version_text(persona));
      return kOk;
    }
    if (is(s, "nmap")) {
      fmt::print("{}", nmap_text(scan_table(), terminal_width()));
      return kOk;
    }
  }
  return std::nullopt;
}

std::string version_text(Persona persona) {
  std::string text = fmt::format("portolan {}\n", kVersion);
  if (persona == Persona::kMasscan) {
    text = fmt::format(
        "\nMasscan version 1.3.2 ( https://github.com/robertdavidgraham/masscan ), as portolan {} plays it\n",
        kVersion);
  }
  constexpr std::array kLanes{LaneKind::kXdp, LaneKind::kAfXdp, LaneKind::kPacket};
  std::string lanes, techniques;
  for (const LaneKind kind : kLanes) lanes += fmt::format(" {}", lane_name(kind));
  for (const scan::Technique* t : scan::techniques()) techniques += fmt::format(" {}", t->name);
  constexpr std::array kWidths{"one", "four (AVX2)", "eight (AVX-512)"};
  text += fmt::format("  compiler    {}\n", kCompiler);
  text += fmt::format("  lanes      {}\n", lanes);
  text += fmt::format("  techniques {}\n", techniques);
  text += fmt::format("  formats     {}\n", output::format_words());
  return text +
         fmt::format("  words at once on this processor: {}\n", kWidths[static_cast<size_t>(base::widest_lanes())]);
}

std::vector<addr::IpAddress> routers_of(const host::Vantage& v) {
  std::vector<addr::IpAddress> found;
  for (const bool v4 : {true, false}) {
    std::map<addr::IpAddress, base::u128> behind;
    for (const host::Hop& h : v.hops) {
      if (h.gateway && h.first.is_v4() == v4) behind[*h.gateway] += h.last.v6_bits() - h.first.v6_bits() + 1;
    }
    const auto most = std::max_element(behind.begin(), behind.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != behind.end()) found.push_back(most->first);
  }
  return found;
}

std::string interfaces_text(const std::vector<host::Interface>& interfaces,
                            const std::vector<std::vector<addr::IpAddress>>& routers) {
  std::string text = fmt::format("{:>5}  {:<15} {:<9} {:<5} {:>6}  {:<17}  addresses; routers\n", "index", "name",
                                 "kind", "state", "mtu", "mac");
  for (size_t i = 0; i < interfaces.size(); ++i) {
    const host::Interface& one = interfaces[i];
    std::vector<std::string> addresses, ways;
    for (const auto& a : one.addresses)
      addresses.push_back(fmt::format("{}/{}", a.address.to_string(), a.prefix_length));
    for (const auto& r : routers[i]) ways.push_back(r.to_string());
    text +=
        fmt::format("{:>5}  {:<15} {:<9} {:<5} {:>6}  {:<17}  {}{}{}\n", one.index, one.name, kind_word(one.kind),
                    one.up ? "up" : "down", one.mtu, one.kind == host::LinkKind::kEthernet ? one.mac.to_string() : "-",
                    addresses.empty() ? "-" : fmt::format("{}", fmt::join(addresses, " ")), ways.empty() ? "" : "; ",
                    fmt::join(ways, " "));
  }
  return text;
}

}  // namespace portolan::cli
