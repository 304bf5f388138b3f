// SPDX-License-Identifier: Apache-2.0
// Observation: one fact about one target, as it crosses from the packet tower to the record tower.
//
// Trivially copyable, so it rides through a ring to the writer thread by value. `state` says what was concluded,
// `reason` which packet said so, `proof` how well that packet proved itself. Unknown numbers are absent (kUnknown),
// never zero by accident.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/target.h"
#include "base/clock.h"

namespace portolan::result {

// Stable numbers: append only.
enum class State : uint8_t {
  kOpen = 0,      // something answers there
  kClosed = 1,    // the host says nothing is there
  kFiltered = 2,  // somebody on the way (or the host's firewall) says that it may not be reached
  kUp = 3,        // a host without ports: arp, ndp
};

enum class Reason : uint8_t {
  kSynAck = 0,
  kRst = 1,
  kUdpResponse = 2,
  kSctpInitAck = 3,
  kSctpAbort = 4,
  kEchoReply = 5,
  kTimestampReply = 6,
  kArpReply = 7,
  kNeighborAdvertisement = 8,
  kIcmpUnreachable = 9,  // icmp_type/icmp_code say which
  kIpResponse = 10,      // an answer in the protocol that was asked for
};

enum class Proof : uint8_t {
  kCookie = 0,     // the answer carried back bits that only our probe's receiver can know
  kQuoted = 1,     // an ICMP error that quotes our probe, cookie included
  kEndpoints = 2,  // only addresses and ports fit: the protocol has no room for more
};

struct Observation {
  static constexpr int32_t kUnknown = -1;

  base::Nanos wall = 0;  // when the answer arrived, Unix epoch, UTC
  base::Nanos rtt = -1;  // probe to answer; kUnknown when it cannot be told
  addr::Target target;
  addr::IpAddress responder;  // who sent the answer: the target, or for ICMP errors possibly a router
  addr::MacAddress mac;       // link source; only for arp and ndp
  State state = State::kOpen;
  Reason reason = Reason::kSynAck;
  Proof proof = Proof::kCookie;
  bool has_mac = false;
  uint8_t ttl = 0;  // IPv4 TTL or IPv6 hop limit as received; 0 for arp
  int16_t icmp_type = kUnknown;
  int16_t icmp_code = kUnknown;
  int32_t window = kUnknown;  // TCP window as received, unscaled
  int32_t mss = kUnknown;     // TCP MSS option
  int16_t window_scale = kUnknown;
  std::array<uint8_t, 12> tcp_options{};  // option kinds in their order, e.g. 2 4 8 1 3
  uint8_t tcp_option_count = 0;           // how many of them; more than 12 are cut
};
static_assert(std::is_trivially_copyable_v<Observation>);

std::string_view name(State s);   // open closed filtered up
std::string_view name(Reason r);  // syn-ack rst udp-response init-ack abort echo-reply ... (ICMP: see reason_text)
std::string_view name(Proof p);   // cookie quoted endpoints

}  // namespace portolan::result
