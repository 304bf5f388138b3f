// SPDX-License-Identifier: Apache-2.0
// Frames that simulated hosts answer with, built from the probe they answer. Pure functions; for sim and tests.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "addr/mac_address.h"
#include "addr/target.h"
#include "base/bytes.h"
#include "wire/frame_view.h"
#include "wire/tcp.h"

namespace portolan::sim {

// What a probe asks; nullopt when it asks nothing (an RST, an answer).
std::optional<addr::Target> question(const wire::FrameView& probe);

// An IP packet back to the scanner, from `from`, in the probe's link type; `from_mac` matters on Ethernet only.
std::vector<uint8_t> ip_reply(const wire::FrameView& probe, const addr::IpAddress& from,
                              const addr::MacAddress& from_mac, uint8_t protocol, base::Bytes transport,
                              uint8_t ttl = 64);

// Transport parts.
std::vector<uint8_t> tcp_reply(const wire::FrameView& probe, uint8_t flags, uint32_t sequence, uint32_t acknowledgment);
std::vector<uint8_t> udp_reply(const wire::FrameView& probe, base::Bytes payload);
std::vector<uint8_t> echo_reply(const wire::FrameView& probe);
std::vector<uint8_t> sctp_reply(const wire::FrameView& probe, bool open);
// An ICMP or ICMPv6 error (by the probe's family) that quotes the probe, its IP header included.
std::vector<uint8_t> icmp_error(const wire::FrameView& probe, const addr::IpAddress& from, uint8_t type, uint8_t code,
                                base::Bytes probe_packet);

std::vector<uint8_t> arp_reply(const wire::FrameView& probe, const addr::MacAddress& from);
std::vector<uint8_t> neighbor_advertisement(const wire::FrameView& probe, const addr::IpAddress& target,
                                            const addr::MacAddress& from);

}  // namespace portolan::sim
