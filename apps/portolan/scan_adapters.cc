// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_adapters.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "addr/grammar.h"
#include "addr/special_ranges.h"
#include "portolan/errors.h"
#include "portolan/scan_services.h"

namespace portolan::cli {
namespace {

using addr::AddressRange;
using addr::IpAddress;

struct SourcedRange {
  AddressRange range;
  options::Where where;
};

template <class Word>
void check_hosts(const Sourced& text, Word first, Word last) {
  for (const auto& row : addr::special_ranges<Word>()) {
    if (row.kind != addr::SpecialKind::kNeverOnWire || row.last() < first || row.first > last) continue;
    const IpAddress never = IpAddress::of_word(std::max(first, row.first));
    refuse(fmt::format("nothing can be sent from {}: {}", never.to_string(), addr::special_range_text(never)),
           text.where.to_string(), "give addresses of hosts");
  }
}

AddressRange range_of(const Sourced& text, const addr::TargetItem& item) {
  const auto* range = std::get_if<AddressRange>(&item);
  if (range == nullptr) {
    refuse(fmt::format("'{}' is not an address to send from", addr::to_string(item)), text.where.to_string(),
           "give IPv4 and IPv6 addresses, and ranges of them, by commas");
  }
  if (range->first.is_v4()) {
    check_hosts(text, range->first.v4_bits(), range->last.v4_bits());
  } else {
    check_hosts(text, range->first.v6_bits(), range->last.v6_bits());
  }
  return *range;
}

// Ascending. IPv4 comes in one piece, as it stands in the order of addresses.
std::vector<SourcedRange> ranges_of(const std::vector<Sourced>& texts) {
  std::vector<SourcedRange> all;
  for (const Sourced& text : texts) {
    const auto items = addr::parse_targets(text.text);
    if (!items) refuse(items.error().what, place_in(text, items.error().offset), items.error().cure);
    for (const addr::TargetItem& item : *items) all.push_back({range_of(text, item), text.where});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.range.first < b.range.first; });
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].range.first > all[i - 1].range.last) continue;
    refuse(fmt::format("the source address {} is named twice", all[i].range.first.to_string()),
           all[i].where.to_string(), "give addresses and ranges that do not overlap");
  }
  return all;
}

void set_sources(scan::EgressOverrides& egress, const std::vector<Sourced>& texts) {
  addr::RangeList<uint32_t> v4;
  addr::RangeList<base::u128> v6;
  for (const SourcedRange& s : ranges_of(texts)) {
    if (s.range.first.is_v4()) {
      v4.add(s.range.first.v4_bits(), s.range.last.v4_bits());
    } else {
      v6.add(s.range.first.v6_bits(), s.range.last.v6_bits());
    }
  }
  egress.sources_v4 = scan::Sources(std::move(v4));
  egress.sources_v6 = scan::Sources(std::move(v6));
}

void check_router(const AdapterDraft& adapter) {
  const scan::EgressOverrides& e = adapter.egress;
  const bool v4 = e.router_v4 && e.router_mac_v4, v6 = e.router_v6 && e.router_mac_v6;
  if (!v4 && !v6) return;
  refuse(fmt::format("the router for {} is named twice, by --router-ip and --router-mac", v4 ? "IPv4" : "IPv6"),
         adapter.router_where.to_string(), "give one of them: the MAC address is found from the IP address");
}

// They are numbered from 0 without gaps, and where there are several, each has a name of its own.
void check_numbers(const ScanDraft& draft) {
  uint32_t expected = 0;
  for (const auto& [number, adapter] : draft.adapters) {
    if (number != expected) {
      refuse(fmt::format("there is an adapter {} and no adapter {}", number, expected), adapter.where.to_string(),
             fmt::format("number adapters from 0: --adapter[{}] NAME", expected));
    }
    if (draft.adapters.size() > 1 && adapter.egress.interface.empty()) {
      refuse(fmt::format("adapter {} has no name", number), adapter.where.to_string(),
             fmt::format("name its interface, as --adapter[{}] eth{}", number, number));
    }
    for (const auto& [before, other] : draft.adapters) {
      if (before == number) break;
      if (other.egress.interface != adapter.egress.interface) continue;
      refuse(fmt::format("adapters {} and {} are both {}", before, number, other.egress.interface),
             adapter.where.to_string(),
             fmt::format("give all source addresses to adapter {}: --source-ip takes lists", before));
    }
    ++expected;
  }
}

}  // namespace

void settle_adapters(ScanDraft& draft) {
  check_numbers(draft);
  scan::Plan& plan = draft.request.plan;
  for (auto& [number, adapter] : draft.adapters) {
    check_router(adapter);
    set_sources(adapter.egress, adapter.sources);
    if (number == 0) {
      plan.egress = adapter.egress;
    } else {
      plan.further_adapters.push_back(adapter.egress);
    }
  }
}

}  // namespace portolan::cli
