// SPDX-License-Identifier: Apache-2.0
// The text grammar of targets and ports: what people write, to values.
//
// Strict: whatever may be read in two ways, or only in part, is an error with its place and its cure, never a guess;
// nobody is scanned by a typing mistake. One exception, since everybody means the same by it: host bits in a prefix
// are dropped (10.0.0.5/24 is 10.0.0.0/24).
//
//   target  = address | address "-" address | address "/" bits | endpoint | name [":" port ["/" protocol]]
//   endpoint= (IPv4 | "[" IPv6 "]") ":" port ["/" protocol]           exactly this pair, not a product
//   address = IPv4 | IPv6 | "[" IPv6 "]"
//   IPv4    = four decimal numbers 0..255, no leading zeros (010 is 8 to some programs and 10 to others)
//   IPv6    = every spelling of RFC 4291, 2.2, an IPv4 tail included; no zone, no IPv4-mapped address
//   ports   = item *(("," | blank) item), item = [prefix] (port | [port] "-" [port] | service name)
//   prefix  = "T:" tcp | "U:" udp | "S:" sctp | "O:" IP protocol 0..255 | "I:" icmp, 0 echo and 1 timestamp;
//             it holds for all items to its right
//
// Pure functions, no system calls: names come back as names, and services are looked up by a function that is passed.
// They allocate; for long files use ListReader. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "addr/ip_address.h"
#include "addr/target.h"

namespace portolan::addr {

// What is wrong with a text, where (bytes from its start), and what to write instead.
struct TextError {
  size_t offset = 0;
  size_t length = 0;
  std::string what;  // "the prefix length is missing in '10.0.0.0/'"
  std::string cure;  // "write 10.0.0.0/24, or 10.0.0.0 for one address"

  std::string to_string() const { return what + "; " + cure; }
};

template <class T>
using Parsed = tl::expected<T, TextError>;

// Both ends included, of one family, first <= last.
struct AddressRange {
  IpAddress first;
  IpAddress last;

  bool operator==(const AddressRange&) const = default;
};

// To be resolved by the caller; with a service it stands for exact pairs.
struct HostName {
  std::string name;
  std::optional<ProtoPort> service;

  bool operator==(const HostName&) const = default;
};

using TargetItem = std::variant<AddressRange, Target, HostName>;

// One address, with or without brackets around IPv6.
Parsed<IpAddress> parse_address(std::string_view text);

// One item, without separators around it.
Parsed<TargetItem> parse_target(std::string_view text);

// Items between commas and white space. Two commas with nothing between them are an error; no item at all is one too.
Parsed<std::vector<TargetItem>> parse_targets(std::string_view text);

// Text that parse_target() reads back to the same item.
std::string to_string(const TargetItem& item);

// Both ends included.
struct ServiceRange {
  Protocol protocol = Protocol::kTcp;
  uint16_t first = 0;
  uint16_t last = 0;

  bool operator==(const ServiceRange&) const = default;
};

// The number of a service ("http", tcp) or of an IP protocol ("gre", ip); nullopt when it is unknown.
using ServiceLookup = std::function<std::optional<uint16_t>(std::string_view name, Protocol protocol)>;

// Ports to scan or to leave out. Items without a prefix are of `protocol`. REQUIRES: has_port(protocol).
// "-" is 1-65535 (O: 0-255, I: 0-1), "-100" is 1-100, "60000-" is 60000-65535. Without a lookup no name is known.
Parsed<std::vector<ServiceRange>> parse_ports(std::string_view text, Protocol protocol = Protocol::kTcp,
                                              const ServiceLookup& lookup = {});

// Text that parse_ports() reads back to the same ranges: "T:80,443,U:53". REQUIRES: neither arp nor ndp among them.
std::string to_string(std::span<const ServiceRange> ranges);

}  // namespace portolan::addr
