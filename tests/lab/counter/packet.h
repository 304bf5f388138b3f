// SPDX-License-Identifier: Apache-2.0
// Packet: what the lab's far side understands of one received frame.
//
// Deliberately shares no code with src/wire: it judges the scanner's frames, so it reads the RFCs for itself, plainly
// and without regard to speed beyond half a million frames a second. Pointers into the frame are valid as long as it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace portolan::lab {

// An address of either family, in network order; IPv4 in the first four bytes.
struct Address {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};

  size_t size() const { return v6 ? 16 : 4; }
  uint32_t low32() const;  // the last four bytes as a number: what the answering rule and spaces count by
  std::string text() const;
  static bool parse(const std::string& text, Address* out);
  bool operator==(const Address&) const = default;
  auto operator<=>(const Address&) const = default;
};

enum class Kind : uint8_t {
  kTcpSyn,
  kTcpReset,
  kTcpOther,
  kUdp,
  kIcmp,
  kSctp,
  kArp,
  kNdp,
  kHousekeeping,
  kOtherIp,
  kOther
};
inline constexpr size_t kKinds = 11;
inline constexpr std::array<const char*, kKinds> kKindNames = {
    "tcp-syn", "tcp-reset", "tcp-other", "udp", "icmp", "sctp", "arp", "ndp", "housekeeping", "other-ip", "other"};

struct Packet {
  std::span<const uint8_t> frame;
  Kind kind = Kind::kOther;  // kHousekeeping: what a kernel sends unasked (MLD reports, router solicitations)
  Address source;            // of ARP and NDP: the asking address
  Address target;            // the destination; of ARP and NDP: the address asked for
  uint8_t protocol = 0;      // IPv4 protocol or last IPv6 next header
  uint8_t hop_limit = 0;
  uint16_t source_port = 0;
  uint16_t port = 0;
  std::span<const uint8_t> transport;  // from the transport header to the end of the IP packet
  bool header_checksum_bad = false;    // IPv4 only
  bool checksum_bad = false;           // the transport's, pseudo-header included
};

Packet read_packet(std::span<const uint8_t> frame);

// RFC 1071 sum over bytes, not yet inverted; `sum` carries what came before. An odd length is padded with zero.
uint32_t internet_sum(std::span<const uint8_t> bytes, uint32_t sum = 0);
uint16_t folded(uint32_t sum);
uint32_t pseudo_header_sum(const Address& source, const Address& target, uint8_t protocol, size_t length);
uint32_t crc32c(std::span<const uint8_t> bytes, size_t zero_from, size_t zero_count);

}  // namespace portolan::lab
