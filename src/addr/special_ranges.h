// SPDX-License-Identifier: Apache-2.0
// Address space that is not the public network, as data: what a scan leaves out unless it is asked for.
//
// The rows of IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), of the multicast registries, and the
// IPv6 space that IANA keeps in reserve. What happens to a target inside one is decided in TargetSetBuilder, by kind.
// Constant data: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "addr/ip_address.h"
#include "addr/range_list.h"
#include "base/int128.h"

namespace portolan::addr {

// The registries as of this month: every assignment through RFC 9780 (100:0:0:1::/64) is in the table.
inline constexpr std::string_view kRegistryDate = "2025-05";

enum class SpecialKind : uint8_t {
  kPrivate,      // somebody's own network: taken when a target item lies wholly inside
  kReserved,     // protocol assignments, documentation, benchmarks, unassigned: the same rule
  kLoopback,     // this machine; taken when named likewise, and never as a part of something wider
  kNeverOnWire,  // multicast, broadcast, unspecified, mapped: there is no host there to ask; never taken
};

std::string_view name(SpecialKind kind);  // private reserved loopback never-sent

template <class Word>
struct SpecialRange {
  Word first;
  int prefix_length;
  SpecialKind kind;
  std::string_view name;       // the registry's
  std::string_view reference;  // "RFC 1918"

  constexpr Word last() const {
    constexpr int kBits = static_cast<int>(8 * sizeof(Word));
    return prefix_length == 0 ? static_cast<Word>(~Word{0})
                              : static_cast<Word>(first | ((Word{1} << (kBits - prefix_length)) - 1));
  }
  constexpr bool covers(Word from, Word to) const { return first <= from && to <= last(); }
  std::string prefix() const;  // "10.0.0.0/8"
};

// All rows of a family: those never sent first, then wider ones before those inside them.
template <class Word>
std::span<const SpecialRange<Word>> special_ranges();

// The innermost row that covers all of [first, last]; null when none does. Constant time for nearly all public
// addresses, else linear in the rows (a few dozen).
template <class Word>
const SpecialRange<Word>* special_range_of(Word first, Word last);

// The same for one address of either family, as words for people: "10.0.0.0/8 Private-Use (RFC 1918)", or empty.
std::string special_range_text(const IpAddress& address);

}  // namespace portolan::addr
