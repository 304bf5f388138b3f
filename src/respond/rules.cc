// SPDX-License-Identifier: Apache-2.0
#include "respond/rules.h"

#include <algorithm>
#include <cstring>

namespace portolan::respond {
namespace {

using proto::Match;

bool meets(const Rule& rule, const proto::Ends& ends) {
  if (!(ends.transport == proto::Transport::kTcp ? rule.tcp : rule.udp)) return false;
  if (!rule.ports.empty()) {
    const auto after = std::upper_bound(rule.ports.begin(), rule.ports.end(), ends.server_port,
                                        [](uint16_t port, const PortSpan& s) { return port < s.first; });
    if (after == rule.ports.begin() || ends.server_port > std::prev(after)->last) return false;
  }
  if (rule.clients && !rule.clients->contains(ends.client)) return false;
  return !rule.servers || rule.servers->contains(ends.server);
}

Match starts_with(base::Bytes bytes, std::string_view head, bool whole) {
  const size_t n = std::min(bytes.size(), head.size());
  if (n != 0 && std::memcmp(bytes.data(), head.data(), n) != 0) return Match::kNo;
  if (n == head.size()) return Match::kYes;
  return whole ? Match::kNo : Match::kMore;
}

Match first_bytes(const Rule& rule, base::Bytes bytes, bool whole, PatternScratch& scratch, Rules::Verdict& into) {
  // An answer to nothing would be a greeting; whoever is silent gets none.
  const bool needs_bytes = rule.has_first_bytes() || rule.deed == RuleDeed::kAnswer;
  if (needs_bytes && bytes.empty()) return whole ? Match::kNo : Match::kMore;
  into.consumed = bytes.size();
  const Match head = starts_with(bytes, rule.starts_with, whole);
  if (head != Match::kYes || !rule.pattern) return head;
  const base::Bytes looked_at = bytes.first(std::min(bytes.size(), Rules::kMostBytes));
  const bool is_all = whole || looked_at.size() == Rules::kMostBytes;
  const Match match = rule.pattern->match(looked_at, is_all, scratch, into.groups);
  if (match == Match::kYes) into.consumed = into.groups[0].size();
  return match;
}

}  // namespace

const Rule* Rules::greeter(const proto::Ends& ends) const {
  for (const Rule& rule : rules_) {
    if (!rule.greeting.empty() && meets(rule, ends)) return &rule;
  }
  return nullptr;
}

Rules::Verdict Rules::match(const proto::Ends& ends, base::Bytes bytes, bool whole, PatternScratch& scratch) const {
  Verdict verdict;
  for (const Rule& rule : rules_) {
    if (rule.deed == RuleDeed::kGreet || !meets(rule, ends)) continue;
    verdict.match = first_bytes(rule, bytes, whole, scratch, verdict);
    if (verdict.match == Match::kNo) continue;
    if (verdict.match == Match::kYes) verdict.rule = &rule;
    return verdict;
  }
  verdict.match = Match::kNo;
  return verdict;
}

void Rules::greet(const Rule& rule, const Situation& situation, proto::Answer& out) {
  rule.greeting.write(situation, out.out());
  out.said("greeting");
  if (rule.deed == RuleDeed::kGreet && rule.closes) out.close();
}

void Rules::speak(const Rule& rule, const Situation& situation, proto::Answer& out) {
  rule.answer.write(situation, out.out());
  out.said("rule");
  if (rule.closes) out.close();
}

}  // namespace portolan::respond
