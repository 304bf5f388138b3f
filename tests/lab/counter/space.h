// SPDX-License-Identifier: Apache-2.0
// Space: a set of targets with a counter for each, a dense block (prefix x ports) or an exact list.
//
// Each cell holds how often the target was seen (up to 255) and when last (milliseconds, modulo 4.6 hours), in four
// bytes, so a /24 with all ports takes 64 MiB and one cache miss a frame. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "packet.h"

namespace portolan::lab {

enum class Proto : uint8_t { kTcp, kUdp, kSctp, kIcmp, kArp, kNdp, kIp };

// "tcp" ... "ip" (any IP packet, counted by its protocol number). False for another word.
bool parse_proto(const std::string& text, Proto* out);

class Space {
 public:
  // "10.0.0.0/16,1-16,tcp": at most 24 host bits. Throws std::runtime_error with the reason.
  static Space block(const std::string& text);
  // Lines "address:port/proto", "[v6]:port/proto". Throws like block().
  static Space list(const std::string& path);

  // Counts the packet at `ms`; false when it is none of this space's targets.
  bool count(const Packet& packet, uint64_t ms);

  size_t targets() const { return cells_.size(); }
  void add_to(std::array<uint64_t, 256>* histogram) const;         // how many targets were seen exactly k times
  uint64_t least_spacing_ms() const { return least_spacing_ms_; }  // of two probes to one target; max() when none
  uint64_t greatest_spacing_ms() const { return greatest_spacing_ms_; }

 private:
  using Key = std::tuple<Address, uint16_t, Proto>;

  bool find(const Packet& packet, size_t* cell) const;

  Proto proto_ = Proto::kTcp;
  Address base_;
  uint32_t addresses_ = 0;
  uint32_t first_port_ = 0;
  uint32_t ports_ = 0;
  std::map<Key, size_t> listed_;  // the exact list; empty for a block
  std::vector<uint32_t> cells_;
  uint64_t least_spacing_ms_ = std::numeric_limits<uint64_t>::max();
  uint64_t greatest_spacing_ms_ = 0;
};

}  // namespace portolan::lab
