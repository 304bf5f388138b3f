// SPDX-License-Identifier: Apache-2.0
// ReceiveFilter: which frames the kernel should hand to us at all, as a classic BPF program for SO_ATTACH_FILTER.
//
// It spares the ring from other people's traffic and proves nothing: what passes must still be checked. It errs
// towards passing: IPv6 extension headers are not walked, and with more than kMostAddresses of a family the
// destination is not looked at. Refused, unless `everything` is wanted: fragments, and TCP, UDP and SCTP to a port
// outside the range.
//
// Pure functions, any thread. S. McCanne, V. Jacobson: "The BSD packet filter" (USENIX Winter 1993).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/int128.h"
#include "wire/link.h"

namespace portolan::pktio {

struct ReceiveFilter {
  static constexpr size_t kMostAddresses = 32;
  static constexpr size_t kMostPortRanges = 32;

  std::vector<uint32_t> v4;    // our addresses, in host order
  std::vector<base::u128> v6;  // likewise
  uint16_t first_port = 0;     // our ports, first and last included
  uint16_t last_port = 65535;
  // When they are no range but a list: its ranges, ascending, disjoint. More than kMostPortRanges are not looked at.
  std::vector<std::pair<uint16_t, uint16_t>> port_ranges = {};
  bool want_arp = false;     // all of it: requests for our address are ours to answer
  bool want_ndp = false;     // ICMPv6 types 133 to 137, whatever their destination
  bool want_icmp = true;     // ICMP and ICMPv6 to us
  bool want_all_ip = false;  // every IP protocol to us, for IP protocol scans
  bool everything = false;   // no filter at all: the rest above does not count
};

// As the kernel's struct sock_filter, whose header clashes with libpcap's.
struct FilterInstruction {
  uint16_t code = 0;
  uint8_t jump_true = 0;   // instructions to skip
  uint8_t jump_false = 0;  // likewise
  uint32_t operand = 0;
};

// For frames that begin as `link` says. An 802.1Q tag is not seen: the kernel takes it out before a filter runs.
std::vector<FilterInstruction> compile(const ReceiveFilter& filter, wire::LinkType link);

}  // namespace portolan::pktio
