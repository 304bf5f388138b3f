// SPDX-License-Identifier: Apache-2.0
// Personality: an operating system as its packets show it, from what is publicly known of each.
//
// What all answers share is HostLook; the TCP options of a SYN-ACK depend on what the SYN offered, so there is one
// layout for each of the eight offers, in the letters that nmap's fingerprints made common:
//   M maximum segment size   W window scale   S SACK permitted   T timestamps   N no operation   E end (and padding)
// Layouts are whole: a multiple of four bytes, 40 at most. Constant data: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "population/host_look.h"

namespace portolan::population {

// What a SYN offered beside its MSS.
struct SynOptionsOffered {
  bool window_scale = false;
  bool sack = false;
  bool timestamps = false;
};

struct Personality {
  std::string_view name;  // stable, lower case: "linux"
  HostLook look;
  std::array<std::string_view, 8> layouts;  // place: 1 if scale was offered, + 2 if SACK, + 4 if timestamps

  std::string_view layout(const SynOptionsOffered& o) const {
    return layouts[(o.window_scale ? 1u : 0u) + (o.sack ? 2u : 0u) + (o.timestamps ? 4u : 0u)];
  }
};

// kPersonalities of them, in the order of HostTraits::personality; the first is Linux.
std::span<const Personality, kPersonalities> personalities();
std::optional<uint8_t> find_personality(std::string_view name);

// The options of a SYN-ACK, as they stand in the segment. `clock` and `echo` are TSval and TSecr. Returns their size, a
// multiple of 4. REQUIRES: out.size() >= 40, a layout of personalities().
inline constexpr size_t kMostSynAckOptions = 40;
size_t write_syn_ack_options(std::string_view layout, uint16_t mss, uint8_t window_scale, uint32_t clock, uint32_t echo,
                             base::MutableBytes out);

}  // namespace portolan::population
