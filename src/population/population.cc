// SPDX-License-Identifier: Apache-2.0
#include "population/population.h"

#include <algorithm>
#include <array>

#include "base/random.h"

namespace portolan::population {
namespace {

// Apart from the hash that says what the port does, so that neither tells of the other.
constexpr uint64_t kServiceSalt = uint64_t{1} << 33;

std::shared_ptr<PortTable> all_open() {
  auto table = std::make_shared<PortTable>();
  table->shares[0] = {kAlways, kAlways, kAlways};
  return table;
}

const std::optional<std::vector<uint16_t>>& open_ports(const NamedHost& host, addr::Protocol protocol) {
  return protocol == addr::Protocol::kTcp ? host.tcp : host.udp;
}

constexpr std::array<std::string_view, 6> kKindNames = {"nobody",    "ordinary", "tarpit",
                                                        "syn-proxy", "ack-only", "unreachable"};

}  // namespace

std::string_view name(HostKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

Population::Parts::Parts() : tcp(all_open()), udp(tcp) {
  base::SplitMix64 keys(1);
  shares.key[0] = keys.next();
  shares.key[1] = keys.next();
  shares.live = kAlways;
  shares.echo = kAlways;
  for (uint64_t& p : shares.personality) p = kAlways;
}

Population Population::open_to_all(uint64_t seed) {
  Parts parts;
  base::SplitMix64 keys(seed);
  parts.shares.key[0] = keys.next();
  parts.shares.key[1] = keys.next();
  return Population(std::move(parts));
}

bool Population::covers(const addr::IpAddress& address) const {
  if (is_everywhere()) return true;
  if (address.is_v4()) return parts_.v4 && parts_.v4->contains(address.v4_bits());
  return parts_.v6 && parts_.v6->contains(address.v6_bits());
}

Host Population::host(const addr::IpAddress& address) const {
  HostTraits traits{};
  host_traits(&parts_.shares, address.hi(), address.lo(), &traits);
  Host host{static_cast<HostKind>(traits.kind), static_cast<uint8_t>(traits.personality), traits.echo != 0,
            traits.variety};
  if (!covers(address)) host.kind = kNobody;
  if (parts_.named.empty()) return host;
  const auto at = parts_.named.find(address);
  if (at == parts_.named.end()) return host;
  host.named = &at->second;
  host.kind = at->second.kind.value_or(kOrdinary);
  host.personality = at->second.personality.value_or(host.personality);
  host.echo = at->second.echo.value_or(host.echo);
  return host;
}

PortState Population::port(const Host& host, const addr::IpAddress& address, addr::Protocol protocol,
                           uint16_t port) const {
  if (host.named != nullptr) {
    if (const auto& open = open_ports(*host.named, protocol)) {
      return std::binary_search(open->begin(), open->end(), port) ? kPortOpen : host.named->rest;
    }
  }
  const PortTable& table = protocol == addr::Protocol::kTcp ? *parts_.tcp : *parts_.udp;
  return static_cast<PortState>(
      port_state(&parts_.shares, &table, address.hi(), address.lo(), ip_protocol_of(protocol), port));
}

Meeting Population::meeting(const Host& host, const addr::IpAddress& address, addr::Protocol protocol,
                            uint16_t port_number) const {
  // Only an ordinary port needs its hash.
  const bool asks_port = host.alive() && host.kind != kTarpit;
  const uint64_t state = asks_port ? uint64_t{port(host, address, protocol, port_number)} : uint64_t{kPortOpen};
  return static_cast<Meeting>(host_meeting(host.kind, state, ip_protocol_of(protocol)));
}

std::string_view Population::service(const Host& host, const addr::IpAddress& address, addr::Protocol protocol,
                                     uint16_t port) const {
  if (host.kind == kTarpit || (host.kind == kAckOnly && protocol == addr::Protocol::kTcp)) return {};
  if (host.named != nullptr) {
    const auto at = host.named->services.find({protocol, port});
    if (at != host.named->services.end()) return at->second;
    if (open_ports(*host.named, protocol)) return usual_service(ip_protocol_of(protocol), port);
  }
  const uint32_t number = ip_protocol_of(protocol);
  const uint64_t salt = kServiceSalt | uint64_t{number} << 16 | port;
  const uint64_t bits = host_hash(parts_.shares.key, address.hi(), address.lo(), salt);
  return choose_service(number, port, bits, parts_.odd_services);
}

HostName Population::host_name(const Host& host) const {
  if (host.named == nullptr || host.named->name.empty()) return made_host_name(host.variety);
  HostName name;
  name.size = static_cast<uint8_t>(host.named->name.copy(name.text.data(), name.text.size()));
  return name;
}

}  // namespace portolan::population
