// SPDX-License-Identifier: Apache-2.0
// Every frame is counted somewhere, and these are the places.
//
// Three books that each add up over all lanes (docs/counters.md says how, and a test holds it):
//   positions:  positions (of all passes) = probes + retries + skipped_local + skipped_answered +
//               skipped_excluded + unresolved
//   frames out: probes + retries + resolution + resets + duties = sent + refused, of all ports
//   frames in:  received = malformed + every counter behind it below
// Names are stable: they stand in the summary and in result files.
#pragma once

#include <string_view>

#include "base/counters.h"
#include "wire/drop.h"

namespace portolan::scan {

enum class Count : uint8_t {
  // Out.
  kPositions,        // indexes dealt with, in all passes
  kProbes,           // first probes
  kRetries,          // further probes
  kResolution,       // ARP requests and neighbor solicitations for next hops
  kResets,           // RST to a SYN-ACK of ours
  kDuties,           // ARP and NDP answers for a source address that is ours alone
  kSkippedLocal,     // positions that cannot be asked: a local broadcast address, ARP or NDP of ourselves
  kSkippedAnswered,  // not asked (again) because the target had answered, in this run or an earlier one
  kSkippedExcluded,  // not asked because it was excluded after the targets were numbered
  kUnresolved,       // probes not sent because the neighbour did not answer ARP or NDP
  // In.
  kReceived,      // every frame that a port gave us
  kHandedOver,    // of these, those whose verdict another lane gives
  kHandoverFull,  // times that a lane had no room for what another had for it
  kMalformed,     // refused by the wire room; Counters::malformed says why
  // In: answers that became results.
  kOpen,
  kClosed,
  kFiltered,
  kUp,
  kDuplicates,  // proper answers of a target that had already answered
  // In: part of the work, no result.
  kResolved,  // answers to our ARP requests and neighbor solicitations
  kAsked,     // ARP requests and neighbor solicitations for our own addresses
  kUnjudged,  // would have been another lane's to judge, and it had no room
  // In: refused, each for its reason.
  kNotOurs,        // not addressed to us, or to a port that is not ours: other people's traffic
  kBadCookie,      // right address and ports, but the number that only we and the target know is wrong
  kBadSourcePort,  // one of our ports, but not the one that this target was asked from
  kNotATarget,     // proves itself, but nobody asked this address or port
  kBadQuote,       // an ICMP error whose quoted packet is not one of our probes
  kIrrelevant,     // to us, but no answer to any probe: data, FIN, ICMP of other kinds
  kCount
};

constexpr std::string_view counter_name(Count c) {
  constexpr std::string_view kNames[] = {"positions",       "probes",           "retries",
                                         "resolution",      "resets",           "duties",
                                         "skipped_local",   "skipped_answered", "skipped_excluded",
                                         "unresolved",      "received",         "handed_over",
                                         "handover_full",   "malformed",        "open",
                                         "closed",          "filtered",         "up",
                                         "duplicates",      "resolved",         "asked",
                                         "unjudged",        "not_ours",         "bad_cookie",
                                         "bad_source_port", "not_a_target",     "bad_quote",
                                         "irrelevant"};
  static_assert(std::size(kNames) == static_cast<size_t>(Count::kCount));
  return kNames[static_cast<size_t>(c)];
}

struct Counters {
  base::Counters<Count> scan;
  base::Counters<wire::Drop> malformed;
};

// Of several lanes together, as a value.
struct CounterTotals {
  base::CounterSum<Count> scan;
  base::CounterSum<wire::Drop> malformed;

  void add(const Counters& lane) {
    scan.add(lane.scan);
    malformed.add(lane.malformed);
  }
};

}  // namespace portolan::scan
