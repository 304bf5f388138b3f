// SPDX-License-Identifier: Apache-2.0
// Population: thousands to billions of simulated hosts, each the same whenever it is asked about, of which none is
// kept.
//
// Who lives where and what his ports do is a keyed hash of address and port (host_step.h), so a /8 costs what a /32
// costs and the kernel program says the same. Beside these there may be hosts written down by address (NamedHost); a
// question about any address then costs one look into their table.
// Made by read_population() (spec.h) from what a user wrote, or open_to_all(). Knows no packets and no random numbers
// of its own. No question allocates (the first ones about services of named hosts return views that live as long as
// this). Immutable: any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "addr/ip_address.h"
#include "addr/range_set.h"
#include "addr/target.h"
#include "base/clock.h"
#include "population/host_step.h"
#include "population/personality.h"
#include "population/services.h"

namespace portolan::population {

// What the simulated network does to packets, and hosts to theirs. Shares as in host_step.h.
struct Weather {
  uint32_t loss = 0;         // of packets, each way
  uint32_t duplication = 0;  // of answers
  uint32_t reordering = 0;   // of answers: overtaken by later ones
  base::Nanos delay_min = 0;
  base::Nanos delay_max = 0;
  uint32_t icmp_errors_per_second = 0;  // of one host; 0: no limit
  uint8_t syn_ack_repeats = 0;          // further SYN-ACKs while nobody answers

  bool operator==(const Weather&) const = default;
};

// A host written down by its address. What is not said is as the shares say.
struct NamedHost {
  std::optional<HostKind> kind;
  std::optional<uint8_t> personality;
  std::optional<bool> echo;
  std::string name;
  PortState rest = kPortClosed;              // of ports that are not open, where `tcp` or `udp` says which are
  std::optional<std::vector<uint16_t>> tcp;  // open ones, ascending
  std::optional<std::vector<uint16_t>> udp;
  std::map<std::pair<addr::Protocol, uint16_t>, std::string> services;
};

// Who an address is. `named` belongs to the population.
struct Host {
  HostKind kind = kNobody;
  uint8_t personality = 0;
  bool echo = false;     // answers ICMP echo and timestamp requests
  uint64_t variety = 0;  // chooses banners and the like
  const NamedHost* named = nullptr;

  bool alive() const { return kind != kNobody && kind != kUnreachable; }
  // ARP and neighbor solicitations: the router answers them for addresses that it will call unreachable.
  bool answers_neighbors() const { return kind != kNobody; }
};

class Population {
 public:
  // What decides, as one value, for those who make a population. All of it is checked by them.
  struct Parts {
    Parts();  // everybody lives, runs Linux, answers echo, and has all ports open
    HostShares shares{};
    std::shared_ptr<PortTable> tcp;
    std::shared_ptr<PortTable> udp;
    uint32_t odd_services = 0;
    Weather weather{};
    std::optional<addr::RangeSet<uint32_t>> v4;  // where it is; both absent: everywhere
    std::optional<addr::RangeSet<base::u128>> v6;
    std::unordered_map<addr::IpAddress, NamedHost> named;
  };

  explicit Population(Parts parts) : parts_(std::move(parts)) {}
  // One kind of host at every address; `seed` chooses its varieties.
  static Population open_to_all(uint64_t seed = 1);

  Host host(const addr::IpAddress& address) const;

  // REQUIRES of these: protocol is kTcp or kUdp; `host` is host(address).
  PortState port(const Host& host, const addr::IpAddress& address, addr::Protocol protocol, uint16_t port) const;
  Meeting meeting(const Host& host, const addr::IpAddress& address, addr::Protocol protocol, uint16_t port) const;
  // The server of an open port, by the name of proto::Server; empty: none, whatever is said to it.
  std::string_view service(const Host& host, const addr::IpAddress& address, addr::Protocol protocol,
                           uint16_t port) const;
  // How the host calls itself.
  HostName host_name(const Host& host) const;
  static const Personality& personality(const Host& host) { return personalities()[host.personality]; }

  const Weather& weather() const { return parts_.weather; }
  bool covers(const addr::IpAddress& address) const;
  bool is_everywhere() const { return !parts_.v4 && !parts_.v6; }

  // For the kernel program, and for those who add to it.
  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

// nobody ordinary tarpit syn-proxy ack-only unreachable
std::string_view name(HostKind kind);

// IP's number. REQUIRES: kTcp or kUdp.
constexpr uint32_t ip_protocol_of(addr::Protocol p) {
  return p == addr::Protocol::kTcp ? uint32_t{kProtocolTcp} : uint32_t{kProtocolUdp};
}

}  // namespace portolan::population
