// SPDX-License-Identifier: Apache-2.0
#include "addr/target.h"

#include <array>

namespace portolan::addr {
namespace {

constexpr std::array<std::string_view, kProtocolCount> kNames = {"tcp", "udp", "sctp", "icmp", "icmp-timestamp",
                                                                 "arp", "ndp", "ip"};

}  // namespace

std::string_view name(Protocol p) { return kNames[static_cast<size_t>(p)]; }

std::optional<Protocol> protocol_from_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Protocol>(i);
  }
  return std::nullopt;
}

}  // namespace portolan::addr
