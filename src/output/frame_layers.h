// SPDX-License-Identifier: Apache-2.0
// FrameLayers: what a log can say of a frame, read from the link upwards as far as it can be read.
//
// Lenient on purpose: no checksum, no length of options, fragments told as what they are; a damaged frame is worth a
// line too. Never for deciding anything: that is wire::FrameView's. A value, nothing in it refers to the frame; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/arp.h"
#include "wire/link.h"

namespace portolan::output {

struct FrameLayers {
  enum class Transport : uint8_t { kNone, kIcmpv4, kIcmpv6, kTcp, kUdp };

  bool has_ethernet = false;
  addr::MacAddress source_mac{};
  addr::MacAddress destination_mac{};
  uint16_t ether_type = 0;  // behind a VLAN tag, if there is one

  std::optional<wire::Arp> arp{};
  uint8_t ip_version = 0;  // 4, 6, or 0: no readable IP header
  addr::IpAddress source{};
  addr::IpAddress destination{};
  uint8_t ip_protocol = 0;

  Transport transport = Transport::kNone;
  uint16_t source_port = 0;  // TCP and UDP
  uint16_t destination_port = 0;
  uint16_t tcp_flags = 0;  // 9 bits, with NS as 256
  uint32_t sequence = 0;
  uint32_t acknowledgment = 0;
  uint8_t icmp_type = 0;  // ICMP and ICMPv6
  uint8_t icmp_code = 0;

  static FrameLayers read(base::Bytes frame, wire::LinkType link);

  bool has_ports() const { return transport == Transport::kTcp || transport == Transport::kUdp; }
  // One line for people: "tcp 198.51.100.7:40001 > 192.0.2.1:80 S", "arp who-has 192.0.2.1 tell 192.0.2.9".
  std::string to_string() const;
};

// "192.0.2.1:80", "[2001:db8::1]:80".
std::string endpoint_text(const addr::IpAddress& address, uint16_t port);
// The letters of FIN SYN RST PSH ACK URG ECE CWR that are set, in this order: "SA" for a SYN-ACK.
std::string tcp_flag_letters(uint16_t flags);

}  // namespace portolan::output
