// SPDX-License-Identifier: Apache-2.0
// Rules: what a user wants said to whom, without code: docs/formats/rules.md. Read by rules_reader.h.
//
// A rule has conditions (transport, ports, prefixes of client and server, first bytes) and one deed. The first rule in
// the file whose conditions hold decides. match() is asked whenever bytes have come, with all that have come so far and
// are not dealt with, and knows three answers; kMore is said as long as a rule may still hold that stands before all
// that hold already, so the decision does not depend on how the bytes were cut.
//
//   on open:      greeter(), and match() with no bytes: a rule without first bytes that serves, forwards, resets or is
//                 silent decides here
//   on bytes:     kNo: no rule wants them, the built-in protocols may; for good if nothing was answered before
//                 kYes, answer: speak(), then `consumed` bytes are dealt with and the next are matched afresh
//                 kYes, anything else: holds for the conversation and all its bytes, from the first
//   on silence:   match() with whole = true; so for a datagram
//
// The work of a question is bounded: conditions on addresses and literal bytes first, then patterns (rule_pattern.h),
// on at most kMostBytes. Nothing allocates. Immutable after reading, shared by pointer; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "proto/answer.h"
#include "proto/server.h"
#include "respond/own_addresses.h"
#include "respond/rule_pattern.h"
#include "respond/rule_template.h"

namespace portolan::respond {

struct PortSpan {
  uint16_t first = 0;
  uint16_t last = 65535;  // included
};

struct ForwardTo {
  addr::IpAddress address{};
  uint16_t port = 0;
  uint8_t proxy_protocol = 2;  // version of the header that goes before the client's bytes; 0: none
};

enum class RuleDeed : uint8_t {
  kGreet,    // nothing but a greeting
  kAnswer,   // the template; then the connection is closed if `closes`
  kSilence,  // whatever comes is taken, nothing is ever said
  kReset,    // TCP only
  kServe,    // a built-in protocol, and no other
  kForward,  // to a real server; TCP only
};

struct Rule {
  std::string name;   // for the log; "rule 3" if it was given none
  uint32_t line = 0;  // of the file

  // Conditions. Empty: it does not matter.
  bool tcp = true;
  bool udp = true;
  std::vector<PortSpan> ports;  // of the server, in order
  std::optional<AddressSet> clients;
  std::optional<AddressSet> servers;
  std::string starts_with;
  std::optional<Pattern> pattern;

  AnswerTemplate greeting;
  RuleDeed deed = RuleDeed::kGreet;
  AnswerTemplate answer;
  bool closes = false;
  const proto::Server* server = nullptr;  // kServe
  ForwardTo forward{};                    // kForward

  bool has_first_bytes() const { return !starts_with.empty() || pattern.has_value(); }
};

class Rules {
 public:
  static constexpr size_t kMostRules = 1024;
  static constexpr size_t kMostPatterns = 256;
  static constexpr size_t kMostBytes = 4096;  // that a pattern is held against; what comes behind them is not looked at

  struct Verdict {
    proto::Match match = proto::Match::kNo;
    const Rule* rule = nullptr;  // kYes
    size_t consumed = 0;         // kYes: what the pattern matched; without a pattern, all
    Pattern::Groups groups{};    // views into the bytes asked about
  };

  explicit Rules(std::vector<Rule> rules) : rules_(std::move(rules)) {}
  Rules() = default;

  // The rule that greets in this conversation (TCP); nullptr: none does.
  const Rule* greeter(const proto::Ends& ends) const;
  // `whole`: nothing will follow these bytes, or not for a while; then the answer is never kMore.
  Verdict match(const proto::Ends& ends, base::Bytes bytes, bool whole, PatternScratch& scratch) const;

  // Says what a rule says. REQUIRES for speak(): deed is kAnswer; groups of situation are the verdict's.
  static void greet(const Rule& rule, const Situation& situation, proto::Answer& out);
  static void speak(const Rule& rule, const Situation& situation, proto::Answer& out);

  size_t size() const { return rules_.size(); }
  const Rule& operator[](size_t i) const { return rules_[i]; }

 private:
  std::vector<Rule> rules_;
};

}  // namespace portolan::respond
