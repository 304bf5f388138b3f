// SPDX-License-Identifier: Apache-2.0
// Every frame is counted somewhere, and these are the places of the responder.
//
// Two books that each add up (docs/counters.md says how, and tests hold it):
//   frames in:  received = the sum of all counters from malformed to no_room, each frame in exactly one
//   frames out: answers + further copies = sent + refused, of the port; delayed ones are counted when they leave
// Names are stable: they stand in the status line, in the summary and at the metrics endpoint; the XDP program counts
// under the same names.
#pragma once

#include <iterator>
#include <string_view>

#include "base/counters.h"
#include "wire/drop.h"

namespace portolan::respond {

enum class Count : uint8_t {
  // In.
  kReceived,
  // In: what became of each.
  kMalformed,        // refused by the wire room; Counters::malformed says why
  kOtherMac,         // to another station of the link
  kNotOurs,          // to an address that is not ours
  kDenied,           // from an address that is never answered, by the user's list
  kBadSource,        // from an address that cannot be answered: multicast, broadcast, loopback, unspecified, class E
  kOwnSource,        // from an address of ours: our own words, or somebody who says so
  kUnsupported,      // an ARP operation, ICMP type or IP protocol to which there is no answer; answers of others
  kNobody,           // to a simulated address where nobody lives
  kSilentPort,       // to a simulated port that is filtered without a word
  kWeatherIn,        // lost on the way in by the simulated weather
  kArp,              // ARP requests answered
  kNeighbor,         // neighbor solicitations answered
  kEcho,             // echo requests answered
  kTimestamp,        // timestamp requests answered
  kSyn,              // SYNs answered with SYN-ACK
  kAccepted,         // handshakes completed: an ACK with a good cookie
  kSegments,         // segments of connections
  kResets,           // TCP answered with RST
  kUnreachable,      // answered with an ICMP error
  kStrays,           // TCP of no connection that deserves no answer
  kDatagrams,        // UDP answered
  kDatagramsSilent,  // UDP to which nobody had anything to say
  kRateLimited,      // an answer was due, and a rate limit forbade it
  kAmplification,    // UDP: the answer would have been more than its source had sent
  kLoop,             // UDP: the answer could have been taken for a request again
  kNoRoom,           // an answer was too long for us, or a table was full
  // Of these.
  kBadCookies,  // acknowledgments of no connection whose cookie was wrong (then resets or strays)
  // Out: answers by kind.
  kOutLink,        // ARP replies and neighbor advertisements
  kOutIcmp,        // echo and timestamp replies, ICMP errors
  kOutSynAcks,     //
  kOutResets,      // by no connection
  kOutSegments,    // of connections
  kOutDatagrams,   //
  kOutCopies,      // duplicates and repetitions by the simulated weather
  kWeatherOut,     // answers that the simulated weather lost: not sent
  kDelayOverflow,  // answers that the simulated delay had no room for: not sent
  kCapped,         // answers beyond the cap on the whole: not sent
  kOutRefused,     // answers for which the way out was full: not sent
  // Tables.
  kEvicted,       // connections that had to go because the table or its memory was full
  kGreetings,     // conversations in which the server spoke first
  kForwarded,     // conversations handed to a real server
  kForwardsLost,  // that could not be handed over
  kCount
};

constexpr std::string_view counter_name(Count c) {
  constexpr std::string_view kNames[] = {
      "received",       "malformed",   "other_mac",    "not_ours",      "denied",           "bad_source",
      "own_source",     "unsupported", "nobody",       "silent_port",   "weather_in",       "arp",
      "neighbor",       "echo",        "timestamp",    "syn",           "accepted",         "segments",
      "resets",         "unreachable", "strays",       "datagrams",     "datagrams_silent", "rate_limited",
      "amplification",  "loop",        "no_room",      "bad_cookies",   "out_link",         "out_icmp",
      "out_syn_acks",   "out_resets",  "out_segments", "out_datagrams", "out_copies",       "weather_out",
      "delay_overflow", "capped",      "out_refused",  "evicted",       "greetings",        "forwarded",
      "forwards_lost"};
  static_assert(std::size(kNames) == static_cast<size_t>(Count::kCount));
  return kNames[static_cast<size_t>(c)];
}

struct Counters {
  base::Counters<Count> respond;
  base::Counters<wire::Drop> malformed;
};

}  // namespace portolan::respond
