// SPDX-License-Identifier: Apache-2.0
#include "output/manifest_facts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <set>
#include <string_view>

namespace portolan::output {
namespace {

void add_service(std::array<AskedPorts, addr::kProtocolCount>& asked, std::string_view item) {
  const size_t colon = item.find(':');
  const auto protocol = addr::protocol_from_name(item.substr(0, colon));
  if (!protocol) return;
  AskedPorts& ports = asked[static_cast<size_t>(*protocol)];
  if (colon == std::string_view::npos) {
    ports.count = 1;
    return;
  }
  const std::string_view range = item.substr(colon + 1);
  const size_t dash = range.find('-');
  const std::string_view from = range.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? from : range.substr(dash + 1);
  uint32_t first = 0, last = 0;
  std::from_chars(from.data(), from.data() + from.size(), first);
  std::from_chars(to.data(), to.data() + to.size(), last);
  if (last < first) return;
  ports.count += last - first + 1;
  ports.ranges += fmt::format("{}{}-{}", ports.ranges.empty() ? "" : ",", first, last);
}

std::tm utc(base::Nanos wall) {
  const std::time_t seconds = wall / base::kSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::array<AskedPorts, addr::kProtocolCount> asked_ports(const result::RunManifest& manifest) {
  std::array<AskedPorts, addr::kProtocolCount> asked;
  std::set<std::string_view> seen;  // most services are asked for over both families
  for (const auto& [fact, value] : manifest.facts) {
    if (fact != "services-ipv4" && fact != "services-ipv6") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, end);
      if (seen.insert(item).second) add_service(asked, item);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return asked;
}

std::string ctime_text(base::Nanos wall) { return fmt::format("{:%a %b %d %H:%M:%S %Y}", utc(wall)); }
std::string date_text(base::Nanos wall) { return fmt::format("{:%Y-%m-%d %H:%M:%S}", utc(wall)); }

}  // namespace portolan::output
