// SPDX-License-Identifier: Apache-2.0
// Tally: everything the far side has seen, and its account of it as JSON. One thread.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "packet.h"
#include "space.h"

namespace portolan::lab {

class Tally {
 public:
  explicit Tally(std::vector<Space> spaces) : spaces_(std::move(spaces)) {}

  void add(const Packet& packet, uint64_t wall_ns);
  // `lost`: frames that the kernel dropped before us; anything but 0 makes every count below a lower bound.
  std::string json(uint64_t lost, uint64_t answers) const;

 private:
  void add_probe(const Packet& packet, uint64_t wall_ns);
  void add_time(uint64_t wall_ns);

  std::vector<Space> spaces_;
  std::array<uint64_t, kKinds> kinds_{};
  uint64_t frames_ = 0;
  uint64_t probes_ = 0;  // frames to targets, and those that should have been: no ARP or NDP unless a space asks for it
  uint64_t outside_ = 0;  // probes to what is in none of the spaces
  std::vector<std::string> outside_sample_;
  uint64_t bad_header_checksums_ = 0;
  uint64_t bad_checksums_ = 0;
  uint64_t first_ns_ = 0;
  uint64_t last_ns_ = 0;
  std::vector<uint64_t> per_second_;
  uint64_t current_ms_ = 0;
  uint64_t in_current_ms_ = 0;
  uint64_t busiest_ms_ = 0;
  std::vector<uint64_t> source_ports_ = std::vector<uint64_t>(65536);  // how often each was seen
  std::map<Address, uint64_t> sources_;
  std::bitset<256> hop_limits_;
};

}  // namespace portolan::lab
