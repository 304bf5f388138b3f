// SPDX-License-Identifier: Apache-2.0
// From entries to the parts of a population: every value is judged, then the shares are added up.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "addr/grammar.h"
#include "addr/range_list.h"
#include "base/random.h"
#include "population/spec_entries.h"
#include "population/spec_hosts.h"
#include "population/spec_values.h"

namespace portolan::population::spec_internal {
namespace {

constexpr std::string_view kShareCure = "write a share from 0 to 1, as 0.25, 25% or 1/4";
constexpr double kRounding = 1e-9;

// What becomes of ports that are not open. Absent: what the others leave.
struct NotOpen {
  std::optional<double> closed, silent, rejected;
};

struct Ports {
  std::map<uint16_t, double> open;
  double others = 0;  // "*"
  NotOpen not_open;
  Place place;
};

class Settler {
 public:
  Settler(const Entries& entries, Problems& problems) : entries_(entries), problems_(problems) {}

  Population::Parts settle() {
    set_defaults();
    read_key_seed();
    read_hosts_shares();
    read_weather();
    read_networks();
    read_personalities();
    const NotOpen both = read_not_open("");
    parts_.tcp = read_ports("tcp", both);
    parts_.udp = read_ports("udp", both);
    read_named_hosts(entries_.hosts, parts_.named, problems_);
    return std::move(parts_);
  }

 private:
  const Entry* find(std::string_view path) const {
    const auto at = std::find_if(entries_.entries.begin(), entries_.entries.end(),
                                 [&](const Entry& e) { return e.key->path == path; });
    return at == entries_.entries.end() || at->items.empty() ? nullptr : &*at;
  }

  void refuse(const Item& item, std::string_view path, std::string_view cure) {
    problems_.add(item.place, fmt::format("{} cannot be '{}'", path, item.value), std::string(cure));
  }

  std::optional<double> share(std::string_view path) {
    const Entry* entry = find(path);
    if (entry == nullptr) return std::nullopt;
    const auto value = parse_share(entry->items[0].value);
    if (!value) refuse(entry->items[0], path, kShareCure);
    return value;
  }

  uint64_t count(std::string_view path, uint64_t most, uint64_t fallback) {
    const Entry* entry = find(path);
    if (entry == nullptr) return fallback;
    const auto value = parse_count(entry->items[0].value, most);
    if (!value) refuse(entry->items[0], path, fmt::format("write a whole number from 0 to {}", most));
    return value.value_or(fallback);
  }

  void set_defaults() {
    parts_.odd_services = to_share(0.02);
    constexpr std::array<double, kPersonalities> kMix = {0.62, 0.14, 0.03, 0.01, 0.03, 0.05, 0.04, 0.08};
    weights_ = kMix;
  }

  void read_key_seed() {
    base::SplitMix64 keys(count("seed", UINT64_MAX, 1));
    parts_.shares.key[0] = keys.next();
    parts_.shares.key[1] = keys.next();
  }

  void read_hosts_shares() {
    HostShares& s = parts_.shares;
    s.live = to_share(share("live").value_or(1));
    s.unreachable = to_share(share("unreachable").value_or(0));
    s.echo = to_share(share("echo").value_or(1));
    if (const auto odd = share("odd-services")) parts_.odd_services = to_share(*odd);
    double sum = 0;
    const auto add = [&](std::string_view path) {
      sum += share(path).value_or(0);
      if (sum > 1 + kRounding) {
        problems_.add(find(path)->place, "tarpit, syn-proxy and ack-only are more than all hosts together",
                      "write shares whose sum is at most 1");
        sum = 0;
      }
      return uint64_t{to_share(std::min(sum, 1.0))};
    };
    s.tarpit = add("tarpit");
    s.syn_proxy = add("syn-proxy");
    s.ack_only = add("ack-only");
  }

  void read_weather() {
    Weather& w = parts_.weather;
    w.loss = to_share(share("weather.loss").value_or(0));
    w.duplication = to_share(share("weather.duplication").value_or(0));
    w.reordering = to_share(share("weather.reordering").value_or(0));
    w.icmp_errors_per_second = static_cast<uint32_t>(count("weather.icmp-errors", 1'000'000, 0));
    w.syn_ack_repeats = static_cast<uint8_t>(count("weather.syn-ack-repeats", 10, 0));
    const Entry* delay = find("weather.delay");
    if (delay == nullptr) return;
    const std::string_view text = delay->items[0].value;
    const size_t dots = text.find("..");
    const auto least = parse_time(text.substr(0, dots));
    const auto most = dots == text.npos ? least : parse_time(text.substr(dots + 2));
    if (!least || !most || *least > *most) {
      refuse(delay->items[0], "weather.delay",
             "write a time or two, shorter first, as 5ms or 5ms..40ms; a minute at most");
      return;
    }
    w.delay_min = *least, w.delay_max = *most;
  }

  void read_networks() {
    const Entry* networks = find("networks");
    if (networks == nullptr) return;
    addr::RangeList<uint32_t> v4;
    addr::RangeList<base::u128> v6;
    for (const Item& item : networks->items) {
      const auto target = addr::parse_target(item.value);
      const auto* range = target ? std::get_if<addr::AddressRange>(&*target) : nullptr;
      if (!target) {
        problems_.add(item.place, target.error().what, target.error().cure);
      } else if (range == nullptr) {
        refuse(item, "networks", "write addresses, ranges or prefixes, as 10.0.0.0/8");
      } else if (range->first.is_v4()) {
        v4.add(range->first.v4_bits(), range->last.v4_bits());
      } else if (range->last.v6_bits() - range->first.v6_bits() == base::kU128Max) {
        refuse(item, "networks", "leave networks out for a population that is everywhere");
      } else {
        v6.add(range->first.v6_bits(), range->last.v6_bits());
      }
    }
    v4.normalize();
    v6.normalize();
    parts_.v4.emplace(std::move(v4));
    parts_.v6.emplace(std::move(v6));
  }

  void read_personalities() {
    if (const Entry* entry = find("personalities")) {
      weights_ = {};
      for (const Item& item : entry->items) read_personality(item);
    }
    double whole = 0;
    for (const double w : weights_) whole += w;
    if (whole <= 0) {
      if (const Entry* entry = find("personalities"); entry != nullptr && !problems_.any()) {
        problems_.add(entry->place, "no personality has a weight", "write at least one above 0, as linux:1");
      }
      return;
    }
    double sum = 0;
    for (size_t i = 0; i < kPersonalities; ++i) {
      sum += weights_[i];
      // What rounding leaves belongs to the last one that has a weight.
      const bool rest = std::all_of(weights_.begin() + static_cast<ptrdiff_t>(i) + 1, weights_.end(),
                                    [](double w) { return w == 0; });
      parts_.shares.personality[i] = rest ? kAlways : to_share(sum / whole);
    }
  }

  void read_personality(const Item& item) {
    const auto which = find_personality(item.name);
    const auto weight = parse_share(item.value, 1e6);
    if (!which) {
      std::string names;
      for (const Personality& p : personalities()) names += fmt::format("{}{}", names.empty() ? "" : ", ", p.name);
      problems_.add(item.place, fmt::format("there is no personality '{}'", item.name), "use one of " + names);
    } else if (!weight) {
      refuse(item, "personalities", "write a weight, as linux:3");
    } else {
      weights_[*which] = *weight;
    }
  }

  NotOpen read_not_open(const std::string& prefix) {
    NotOpen shares{share(prefix + "closed"), share(prefix + "silent"), share(prefix + "rejected")};
    const double sum = shares.closed.value_or(0) + shares.silent.value_or(0) + shares.rejected.value_or(0);
    if (sum > 1 + kRounding) {
      const Entry* last = nullptr;
      for (const char* name : {"closed", "silent", "rejected"}) {
        if (const Entry* e = find(prefix + name)) last = e;
      }
      problems_.add(last->place, "closed, silent and rejected are more than all ports together",
                    "write shares of the ports that are not open; their sum is at most 1");
    }
    return shares;
  }

  std::shared_ptr<PortTable> read_ports(const std::string& protocol, const NotOpen& both) {
    Ports ports;
    const NotOpen own = read_not_open(protocol + ".");
    const bool any = own.closed || own.silent || own.rejected;
    ports.not_open = any ? own : both;
    if (const Entry* open = find(protocol + ".open")) {
      ports.place = open->place;
      for (const Item& item : open->items) read_port(item, protocol + ".open", ports);
    }
    return make_table(ports);
  }

  void read_port(const Item& item, const std::string& path, Ports& into) {
    const auto open = parse_share(item.value);
    if (!open) {
      refuse(item, path, kShareCure);
    } else if (item.name == "*") {
      into.others = *open;
    } else if (const auto range = parse_port_range(item.name)) {
      for (uint32_t port = range->first; port <= range->second; ++port) into.open[static_cast<uint16_t>(port)] = *open;
    } else {
      problems_.add(item.place, fmt::format("'{}' is no port", item.name),
                    "write a port from 0 to 65535, two with a '-' between, or * for all others");
    }
  }

  // `open` of all, and of the rest what `not_open` says: thresholds that are exact at both ends.
  static PortShares add_up(double open, const NotOpen& s) {
    double silent = s.silent.value_or(0);
    double rejected = s.rejected.value_or(0);
    const double closed = s.closed.value_or(std::max(0.0, 1 - silent - rejected));
    const double left = std::max(0.0, 1 - closed - silent - rejected);
    if (!s.silent || s.rejected)
      silent += left;
    else
      rejected += left;
    const uint32_t first = to_share(open);
    const double rest = kAlways - first;
    PortShares shares{first, kAlways, kAlways};
    if (closed < 1 - kRounding) shares.closed = first + static_cast<uint32_t>(std::llround(rest * closed));
    if (rejected > kRounding) {
      const double told = std::min(closed + silent, 1.0);
      shares.silent = first + static_cast<uint32_t>(std::llround(rest * told));
    }
    return shares;
  }

  std::shared_ptr<PortTable> make_table(const Ports& ports) {
    auto table = std::make_shared<PortTable>();
    table->shares[0] = add_up(ports.others, ports.not_open);  // where every port points already
    size_t used = 1;
    for (const auto& [port, open] : ports.open) {
      const PortShares shares = add_up(open, ports.not_open);
      const auto same = [&](const PortShares& s) {
        return s.open == shares.open && s.closed == shares.closed && s.silent == shares.silent;
      };
      const auto end = table->shares + used;
      const auto at = std::find_if(table->shares, end, same);
      if (at == end && used == kPortKinds) {
        problems_.add(ports.place, fmt::format("more than {} different shares of ports", int{kPortKinds}),
                      "give ports the same share where that will do");
        return table;
      }
      if (at == end) table->shares[used++] = shares;
      table->kind[port] = static_cast<uint8_t>(at - table->shares);
    }
    return table;
  }

  const Entries& entries_;
  Problems& problems_;
  Population::Parts parts_;
  std::array<double, kPersonalities> weights_{};
};

}  // namespace

Population::Parts settle(const Entries& entries, Problems& problems) { return Settler(entries, problems).settle(); }

}  // namespace portolan::population::spec_internal
