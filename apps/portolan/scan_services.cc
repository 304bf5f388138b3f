// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "addr/grammar.h"
#include "addr/product_block.h"
#include "portolan/errors.h"
#include "portolan/names.h"
#include "portolan/top_ports.h"

namespace portolan::cli {
namespace {

using addr::Protocol;
using addr::ServiceRange;

constexpr size_t kLongestQuote = 60;

std::vector<ServiceRange> ranges_of(const Sourced& text, Protocol protocol) {
  auto ranges = addr::parse_ports(text.text, protocol, service_port);
  if (!ranges) refuse(ranges.error().what, place_in(text, ranges.error().offset), ranges.error().cure);
  return *std::move(ranges);
}

std::vector<Protocol> scan_types_of(const ScanDraft& draft) {
  return draft.scan_types.empty() ? std::vector{Protocol::kTcp} : draft.scan_types;
}

void add_ports(const ScanDraft& draft, addr::TargetSetBuilder& builder) {
  for (const PortText& text : draft.ports) {
    for (const Protocol type : text.protocol ? std::vector{*text.protocol} : scan_types_of(draft)) {
      for (const ServiceRange& r : ranges_of(text.ports, type)) builder.add_services(r.protocol, r.first, r.last);
    }
  }
}

// Without a letter a port is excluded of every protocol that has ports.
std::vector<ServiceRange> excluded_services(const std::vector<Sourced>& texts) {
  std::vector<ServiceRange> all;
  for (const Sourced& text : texts) {
    for (const Protocol type : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      const auto ranges = ranges_of(text, type);
      all.insert(all.end(), ranges.begin(), ranges.end());
    }
  }
  return all;
}

void add_top_ports(const ScanDraft& draft, addr::TargetSetBuilder& builder) {
  for (const Protocol type : scan_types_of(draft)) {
    const auto known = top_ports(type);
    if (known.empty()) {
      refuse(fmt::format("there are no statistics of top ports for {}", addr::name(type)),
             draft.top_ports_where.to_string(), "use --top-ports with -sS or -sU, and name the others with -p");
    }
    for (const uint16_t port : known.first(*draft.top_ports)) builder.add_service({type, port});
  }
}

}  // namespace

std::string place_in(const Sourced& text, size_t offset) {
  options::Where where = text.where;
  // In a file the text has a column of its own.
  if (offset != 0 || where.column != 0) where.column = std::max<uint64_t>(where.column, 1) + offset;
  const bool cut = text.text.size() > kLongestQuote;
  return fmt::format("{}, in '{}{}'", where.to_string(), text.text.substr(0, kLongestQuote), cut ? "..." : "");
}

bool asks_for_services(const ScanDraft& draft) {
  return !draft.ports.empty() || draft.top_ports || draft.ping || draft.neighbors;
}

void add_services(const ScanDraft& draft, addr::TargetSetBuilder& builder) {
  if (draft.hosts_only && (!draft.ports.empty() || draft.top_ports)) {
    refuse("-sn asks for no ports, and ports are named", draft.hosts_only->to_string(),
           "leave out the ports, or write --ping in place of -sn to ask for both");
  }
  add_ports(draft, builder);
  if (draft.top_ports) add_top_ports(draft, builder);
  if (draft.ping) builder.add_service({Protocol::kIcmpEcho, 0});
  if (draft.neighbors) builder.add_service({Protocol::kArp, 0});
  for (const ServiceRange& r : excluded_services(draft.excluded_ports)) {
    builder.exclude_services(r.protocol, r.first, r.last);
  }
}

std::vector<scan::ServiceKeys> late_excluded_services(const ScanDraft& draft) {
  std::vector<scan::ServiceKeys> keys;
  for (const ServiceRange& r : excluded_services(draft.late_excluded_ports)) {
    keys.push_back({addr::service_key({r.protocol, r.first}), addr::service_key({r.protocol, r.last})});
  }
  return keys;
}

}  // namespace portolan::cli
