// SPDX-License-Identifier: Apache-2.0
// OwnPayloads: what the user wants asked of UDP ports, in place of what udp_payloads.h knows.
//
// One payload a port; the last one set wins. Equal payloads are kept once and share a number, so that a whole range of
// ports costs one probe. Such a payload is sent as it is: no token stands in it, and its answers are proven by
// addresses and ports alone. Not for the built-in questions, which have tokens.
// Made before the scan by one thread, constant while it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/bytes.h"

namespace portolan::scan {

class OwnPayloads {
 public:
  // With the headers of IPv6 and UDP these fill 1280 bytes, which every link carries (RFC 8200, 5).
  static constexpr size_t kMaxBytes = 1232;

  // Numbers are 16 bits wide; no file of one payload a port needs more.
  static constexpr size_t kMaxPayloads = 65535;

  OwnPayloads() : by_port_(65536) {}
  OwnPayloads(const OwnPayloads&) = delete;
  OwnPayloads& operator=(const OwnPayloads&) = delete;

  // False, and nothing is changed, when the payload would be one too many. An empty payload asks by an empty datagram.
  // REQUIRES: 0 < first <= last, payload.size() <= kMaxBytes.
  [[nodiscard]] bool set(uint16_t first, uint16_t last, base::Bytes payload);

  // The number of the port's payload, from 1 on; 0: the port has none here.
  uint16_t number(uint16_t port) const { return by_port_[port]; }
  // REQUIRES: 0 < number <= size().
  base::Bytes payload(uint16_t number) const { return *payloads_[number - 1u]; }
  // Different payloads that were set, those included that were replaced afterwards.
  size_t size() const { return payloads_.size(); }

 private:
  // Some order: shorter ones first. (std::vector's own makes g++ 12 see a ghost at -O3: -Wstringop-overread.)
  struct Order {
    bool operator()(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const;
  };

  std::map<std::vector<uint8_t>, uint16_t, Order> numbers_;
  std::vector<uint16_t> by_port_;
  std::vector<const std::vector<uint8_t>*> payloads_;  // the keys above, which stay where they are
};

}  // namespace portolan::scan
