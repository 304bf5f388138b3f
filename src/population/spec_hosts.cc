// SPDX-License-Identifier: Apache-2.0
#include "population/spec_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "addr/grammar.h"
#include "population/spec_values.h"

namespace portolan::population::spec_internal {
namespace {

bool is_host_name(std::string_view text) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= HostName{}.text.size() && std::all_of(text.begin(), text.end(), ok);
}

// Reads one section; every mistake in it is told.
class HostReader {
 public:
  explicit HostReader(Problems& problems) : problems_(problems) {}

  void read(const HostEntries& section, NamedHosts& into) {
    for (const Entry& e : section.entries) {
      // An empty list is a list of nothing; all else has its value.
      if (e.key->shape == Shape::kList) read_open(e);
      if (e.key->shape == Shape::kMap) read_services(e);
      if (e.key->shape == Shape::kScalar && !e.items.empty()) read_scalar(e.key->path, e.items[0]);
    }
    if (!address_) {
      if (!refused_address_) problems_.add(section.place, "a host without an address", "write address = \"10.0.0.5\"");
    } else if (!into.emplace(*address_, std::move(host_)).second) {
      problems_.add(section.place, fmt::format("{} is described twice", address_->to_string()), "describe it once");
    }
  }

 private:
  void refuse(const Item& item, std::string_view key, std::string cure) {
    problems_.add(item.place, fmt::format("{} cannot be '{}'", key, item.value), std::move(cure));
  }

  void read_scalar(std::string_view key, const Item& item) {
    if (key == "address") read_address(item);
    if (key == "kind") read_kind(item);
    if (key == "personality") read_personality(item);
    if (key == "rest") read_rest(item);
    if (key == "echo") {
      host_.echo = parse_yes(item.value);
      if (!host_.echo) refuse(item, key, "write true or false");
    }
    if (key == "name") {
      host_.name = item.value;
      if (!is_host_name(item.value)) {
        refuse(item, key, "write at most 64 letters, digits, dots and hyphens, as mail.example");
      }
    }
  }

  void read_address(const Item& item) {
    const auto address = addr::parse_address(item.value);
    if (address) {
      address_ = *address;
    } else {
      refused_address_ = true;
      problems_.add(item.place, address.error().what, address.error().cure);
    }
  }

  void read_kind(const Item& item) {
    for (int k = kNobody; k <= kUnreachable; ++k) {
      if (name(static_cast<HostKind>(k)) == item.value) host_.kind = static_cast<HostKind>(k);
    }
    if (!host_.kind) refuse(item, "kind", "use one of nobody, ordinary, tarpit, syn-proxy, ack-only, unreachable");
  }

  void read_personality(const Item& item) {
    host_.personality = find_personality(item.value);
    if (host_.personality) return;
    std::string names;
    for (const Personality& p : personalities()) names += fmt::format("{}{}", names.empty() ? "" : ", ", p.name);
    refuse(item, "personality", "use one of " + names);
  }

  void read_rest(const Item& item) {
    if (item.value == "closed") {
      host_.rest = kPortClosed;
    } else if (item.value == "silent") {
      host_.rest = kPortSilent;
    } else if (item.value == "rejected") {
      host_.rest = kPortRejected;
    } else {
      refuse(item, "rest", "use one of closed, silent, rejected");
    }
  }

  void read_open(const Entry& entry) {
    std::vector<uint16_t> ports;
    for (const Item& item : entry.items) {
      const auto range = parse_port_range(item.value);
      if (!range) {
        refuse(item, entry.key->path, "write ports from 0 to 65535, as [22, 80] or [\"8000-8100\"]");
        continue;
      }
      for (uint32_t port = range->first; port <= range->second; ++port) ports.push_back(static_cast<uint16_t>(port));
    }
    std::sort(ports.begin(), ports.end());
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    (entry.key->path == "open" ? host_.tcp : host_.udp) = std::move(ports);
  }

  // "80" = "ssh", "53/udp" = "dns".
  void read_services(const Entry& entry) {
    for (const Item& item : entry.items) {
      std::string_view port = item.name;
      auto protocol = addr::Protocol::kTcp;
      if (port.ends_with("/udp")) protocol = addr::Protocol::kUdp;
      if (port.ends_with("/udp") || port.ends_with("/tcp")) port.remove_suffix(4);
      if (const auto number = parse_count(port, 65535)) {
        host_.services[{protocol, static_cast<uint16_t>(*number)}] = item.value;
      } else {
        problems_.add(item.place, fmt::format("'{}' is no port", item.name), "write \"80\" or \"53/udp\" before the =");
      }
    }
  }

  Problems& problems_;
  NamedHost host_;
  std::optional<addr::IpAddress> address_;
  bool refused_address_ = false;
};

}  // namespace

void read_named_hosts(const std::vector<HostEntries>& hosts, NamedHosts& into, Problems& problems) {
  for (const HostEntries& section : hosts) HostReader(problems).read(section, into);
}

}  // namespace portolan::population::spec_internal
