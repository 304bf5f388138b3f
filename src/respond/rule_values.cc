// SPDX-License-Identifier: Apache-2.0
#include "respond/rule_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace portolan::respond {

using addr::TextError;

tl::expected<void, TextError> add_ports(std::string_view text, std::vector<PortSpan>& spans) {
  const auto parsed = addr::parse_ports(text);
  if (!parsed) return tl::unexpected(parsed.error());
  for (const auto& r : *parsed) {
    if (r.protocol != addr::Protocol::kTcp) {
      return tl::unexpected(TextError{0, text.size(), fmt::format("'{}' names a protocol", text),
                                      "write the ports alone, and transport = \"udp\""});
    }
    spans.push_back({r.first, r.last});
  }
  return {};
}

std::vector<PortSpan> settle_ports(std::vector<PortSpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const PortSpan& a, const PortSpan& b) { return a.first < b.first; });
  std::vector<PortSpan> settled;
  for (const PortSpan& s : spans) {
    if (settled.empty() || settled.back().last < s.first) {
      settled.push_back(s);
    } else {
      settled.back().last = std::max(settled.back().last, s.last);
    }
  }
  return settled;
}

tl::expected<ForwardTo, TextError> parse_forward(std::string_view text) {
  const auto item = addr::parse_target(text);
  const auto* target = item ? std::get_if<addr::Target>(&*item) : nullptr;
  if (target == nullptr || target->service.protocol != addr::Protocol::kTcp || target->service.port == 0) {
    return tl::unexpected(
        TextError{0, text.size(), fmt::format("'{}' is no address and TCP port", text),
                  "write forward = \"10.0.0.5:22\" or \"[2001:db8::5]:22\"; names are not looked up"});
  }
  return ForwardTo{target->address, target->service.port};
}

tl::expected<void, TextError> AddressCollector::add(std::string_view text) {
  const auto item = addr::parse_target(text);
  if (!item) return tl::unexpected(item.error());
  const auto* range = std::get_if<addr::AddressRange>(&*item);
  if (range == nullptr) {
    return tl::unexpected(TextError{0, text.size(), fmt::format("'{}' is no address", text),
                                    "write an address, a prefix or a range: names and ports have no place here"});
  }
  if (range->first.is_v4()) {
    v4_.add(range->first.v4_bits(), range->last.v4_bits());
  } else {
    v6_.add(range->first.v6_bits(), range->last.v6_bits());
  }
  return {};
}

}  // namespace portolan::respond
