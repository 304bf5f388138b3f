// SPDX-License-Identifier: Apache-2.0
// The part of TcpDesk that asks the user's rules before the built-in protocols.
#include "respond/tcp_desk.h"

namespace portolan::respond {
namespace {

constexpr std::string_view kRuleFact = "rule";

}  // namespace

Situation TcpDesk::situation_of(const Talk& talk, const proto::Ends& ends) const {
  return {.ends = ends, .host = talk.player.persona.host_name, .wall = wall_};
}

bool TcpDesk::open_by_rules(stack::TcpId id) {
  Talk& talk = talks_[id];
  const proto::Ends ends = ends_of(tcp_.peer(id));
  const std::shared_ptr<const Rules> rules = talk.rules;  // outlives the talk, should it end here
  const Rule* const greeter = rules->greeter(ends);
  if (greeter != nullptr) {
    talk.facts.add(kRuleFact, greeter->name);
    talk.ruled = true;
    counters_.respond.add(Count::kGreetings);
    answer(id, [&](proto::Answer& a) { Rules::greet(*greeter, situation_of(talk, ends), a); });
    if (!talks_.alive(id)) return true;
  }
  const Rules::Verdict verdict = rules->match(ends, {}, false, scratch_);
  if (verdict.match != proto::Match::kYes || verdict.rule->deed == RuleDeed::kAnswer) return greeter != nullptr;
  settle(id, *verdict.rule, {});
  return true;
}

void TcpDesk::ask_rules(stack::TcpId id, base::Bytes fresh, bool whole) {
  Talk& talk = talks_[id];
  const proto::Ends ends = ends_of(tcp_.peer(id));
  const std::shared_ptr<const Rules> rules = talk.rules;
  base::BufferPool::Block kept = std::move(talk.asked);
  if (kept && !kept.append(fresh)) {
    // More than the rules ever look at.
    settle_for_nobody(id, kept.bytes());
    if (talks_.alive(id)) hear(id, fresh);
    return;
  }
  base::Bytes bytes = kept ? kept.bytes() : fresh;
  while (!bytes.empty()) {
    const Rules::Verdict verdict = rules->match(ends, bytes, whole, scratch_);
    if (verdict.match == proto::Match::kMore) break;
    if (verdict.match == proto::Match::kNo) {
      if (talk.ruled) return;  // the conversation is the rules', and these words are not in them
      return settle_for_nobody(id, bytes);
    }
    const Rule& rule = *verdict.rule;
    if (rule.deed != RuleDeed::kAnswer) return settle(id, rule, bytes);
    talk.facts.add(kRuleFact, rule.name);
    talk.ruled = true;
    Situation situation = situation_of(talk, ends);
    situation.groups = verdict.groups;
    answer(id, [&](proto::Answer& a) { Rules::speak(rule, situation, a); });
    if (!talks_.alive(id)) return;
    bytes = bytes.subspan(verdict.consumed == 0 ? bytes.size() : std::min(verdict.consumed, bytes.size()));
  }
  if (bytes.empty()) return;
  base::BufferPool::Block rest = blocks_.take();
  if (!rest || !rest.append(bytes)) return settle_for_nobody(id, bytes);
  talks_[id].asked = std::move(rest);
}

// No rule wants them: the built-in protocols have all of it, and the rules are not asked again.
void TcpDesk::settle_for_nobody(stack::TcpId id, base::Bytes bytes) {
  talks_[id].rules.reset();
  hear(id, bytes);
}

void TcpDesk::settle(stack::TcpId id, const Rule& rule, base::Bytes bytes) {
  Talk& talk = talks_[id];
  talk.facts.add(kRuleFact, rule.name);
  talk.rules.reset();
  switch (rule.deed) {
    case RuleDeed::kServe:
      talk.dialogue.bind(*rule.server);
      if (bytes.empty()) answer(id, [&](proto::Answer& a) { talk.dialogue.on_open(wall_, a); });
      if (!bytes.empty()) hear(id, bytes);
      return;
    case RuleDeed::kReset:
      return tcp_.abort(id, now_);
    case RuleDeed::kForward:
      return forward(id, rule.forward, bytes);
    default:
      talk.mute = true;
  }
}

void TcpDesk::forward(stack::TcpId id, const ForwardTo& to, base::Bytes bytes) {
  Talk& talk = talks_[id];
  if (!forwarder_ || !forwarder_->begin(id, ends_of(tcp_.peer(id)), to, bytes, now_)) {
    counters_.respond.add(Count::kForwardsLost);
    ++forwards_refused_;
    return tcp_.abort(id, now_);
  }
  talk.forwarded = true;
  silent_.remove(id);
  counters_.respond.add(Count::kForwarded);
}

}  // namespace portolan::respond
