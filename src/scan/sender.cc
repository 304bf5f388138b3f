// SPDX-License-Identifier: Apache-2.0
#include "scan/sender.h"

#include <algorithm>

#include <fmt/format.h>

namespace portolan::scan {
namespace {

using NeighborState = stack::NeighborTable::State;

// Of an earlier run, in this lane's share.
base::u128 resumed_position(const Plan& plan, const LaneShare& share) {
  return std::clamp(share.position_from(plan.resume.index), share.begin, share.end);
}

base::u128 positions_before(const Plan& plan, const LaneShare& share) {
  const uint32_t passes = std::min(plan.resume.pass, plan.retries + 1);
  const base::u128 in_pass = plan.resume.pass > plan.retries ? 0 : resumed_position(plan, share) - share.begin;
  return (share.end - share.begin) * passes + in_pass;
}

double as_double(base::u128 v) {
  return static_cast<double>(base::hi64(v)) * 0x1p64 + static_cast<double>(base::lo64(v));
}

}  // namespace

Sender::Sender(LaneState& state, base::Nanos now)
    : state_(state),
      pacer_(state.share.rate, now),
      burst_(state.ports),
      maker_(state, burst_),
      everything_{state.plan.retries + 1, state.plan.part.first_index},
      clear_{state.plan.resume.pass, std::max(state.plan.resume.index, state.plan.part.first_index)},
      coverage_(clear_),
      positions_before_(positions_before(state.plan, state.share)) {
  if (state_.bulk.sender != nullptr) bulk_.emplace(*state_.bulk.sender, state_);
  start_routers(now);
  const uint32_t pass = std::min(state_.plan.resume.pass, state_.plan.retries);
  complete_ = pass != 0;
  if (pass != 0) {
    // When the earlier run sent the pass before is not known, but it was before now.
    SendLog& before = state_.logs[(pass & 1) ^ 1];
    before.mark(state_.share.end, now);
    state_.asked_from[(pass & 1) ^ 1] = state_.share.end;
  }
  begin_pass(pass, resumed_position(state_.plan, state_.share), now);
}

// Before the first turn: the part is empty, or an earlier run did it all, or all have answered in it.
bool Sender::is_nothing_left() const { return state_.plan.resume.pass > state_.plan.retries || all_answered(); }

bool Sender::nothing_can_come() const {
  if (!complete_) return false;
  const auto& counters = state_.counters.scan;
  const bool nobody_asked = counters[Count::kProbes] == 0 && counters[Count::kRetries] == 0;
  return all_answered() || (nobody_asked && state_.plan.resume.is_from_the_start()) || is_nothing_left();
}

bool Sender::steer(const Orders& orders, base::Nanos now) {
  if (!burst_.flush()) return false;
  state_.exclusions = orders.exclusions;
  if (state_.exclusions) drop_excluded();
  const bool was_held = held_;
  held_ = orders.holds();
  const pace::Rate rate = orders.rate ? state_.share.part_of(*orders.rate) : pacer_.rate();
  if (was_held && !held_) {
    pacer_ = pace::Pacer(rate, now);  // what the old one would have earned meanwhile is gone
  } else if (rate != pacer_.rate()) {
    pacer_.set_rate(rate, now);
  }
  if (bulk_ && orders.rate) bulk_->set_rate(rate);
  if (bulk_) bulk_->hold(held_);
  return true;
}

void Sender::drop_excluded() {
  for (stack::NeighborTable::Slot s = 0; s < state_.neighbors.size(); ++s) {
    auto& neighbor = state_.neighbors.at(s);
    if (!state_.is_excluded(neighbor.address)) continue;
    state_.counters.scan.add(Count::kSkippedExcluded, state_.deferred.drop(neighbor));
  }
}

void Sender::start_routers(base::Nanos now) {
  for (const Path& p : state_.egress.paths()) {
    if (!p.router || p.next_hop) continue;
    state_.neighbors.find(p.link, *p.router, now);
    ++routers_left_;
  }
}

void Sender::start_sending() {
  phase_ = Phase::kSending;
  if (bulk_) bulk_->start();
}

void Sender::fail(std::string why) {
  error_ = std::move(why);
  phase_ = Phase::kFailed;
  if (bulk_) bulk_->stop();
}

void Sender::check_routers() {
  routers_left_ = 0;
  for (Path& p : state_.egress.paths()) {
    if (!p.router || p.next_hop) continue;
    const auto* n = state_.neighbors.known(p.link, *p.router);
    if (n->state == NeighborState::kReachable) {
      p.next_hop = n->mac;
    } else if (n->state == NeighborState::kFailed) {
      return fail(fmt::format(
          "the router {} on {} does not answer {}: check the link, or give its MAC address with --router-mac",
          p.router->to_string(), state_.egress.links()[p.link].name,
          p.router->is_v4() ? "ARP" : "neighbor solicitations"));
    } else {
      ++routers_left_;
    }
  }
  if (routers_left_ == 0) start_sending();
}

bool Sender::turn(base::Nanos now) {
  const bool worked = work(now);
  if (burst_.size() != 0) return worked;
  clear_ = covered();
  coverage_.note(clear_, now);
  return worked;
}

// Everything below it is sent, skipped or given up. REQUIRES: what was made has been sent.
Covered Sender::covered() const {
  if (stopped_at_) return *stopped_at_;
  if (phase_ == Phase::kDone) return everything_;
  const auto deferred = state_.deferred.oldest();
  const base::u128 position = bulk_ ? bulk_->covered() : position_;
  return place_of(deferred ? std::min(*deferred, position) : position);
}

bool Sender::work(base::Nanos now) {
  if (!burst_.flush() || finished()) return false;
  if (phase_ == Phase::kRouters && is_nothing_left()) {
    complete_ = true;
    phase_ = Phase::kDone;
    if (bulk_) bulk_->stop();
    publish();
  }
  if (finished() || held_) return false;
  bool worked = serve_failures(now);
  worked |= serve_requests(now);
  if (phase_ == Phase::kRouters) check_routers();
  if (phase_ == Phase::kSending || phase_ == Phase::kDraining) worked |= serve_ready(now);
  if (phase_ == Phase::kSending && burst_.flush()) worked |= bulk_ ? follow_bulk(now) : send_positions(now);
  if (phase_ == Phase::kDraining && state_.deferred.waiting() == 0 && state_.deferred.ready() == 0) end_pass(now);
  burst_.flush();
  publish();
  return worked;
}

bool Sender::serve_failures(base::Nanos now) {
  bool any = false;
  while (const auto s = state_.neighbors.take_failure(now)) {
    state_.counters.scan.add(Count::kUnresolved, state_.deferred.drop(state_.neighbors.at(*s)));
    any = true;
  }
  return any;
}

bool Sender::serve_requests(base::Nanos now) {
  bool any = false;
  while (burst_.room() != 0 && pacer_.take(now, 1) == 1) {
    const auto s = state_.neighbors.take_request(now);
    if (!s) {
      pacer_.give_back(1);
      break;
    }
    const auto& neighbor = state_.neighbors.at(*s);
    // A router may be among the excluded, and is asked for all the same: before anything else is.
    if (phase_ != Phase::kRouters && state_.is_excluded(neighbor.address)) {
      pacer_.give_back(1);
      continue;
    }
    // Any path on the link of the neighbour's family will do: they differ in what lies behind a router.
    const auto paths = state_.egress.paths();
    const auto path = std::find_if(paths.begin(), paths.end(), [&](const Path& p) {
      return p.link == neighbor.link && p.source.is_v4() == neighbor.address.is_v4();
    });
    burst_.next() = {neighbor.address, addr::MacAddress::broadcast(), 0, 0, 0, 1};
    burst_.add(state_.probes.resolution(path->number), neighbor.link);
    state_.counters.scan.add(Count::kResolution);
    if (bulk_) bulk_->charge(1);
    any = true;
  }
  return any;
}

bool Sender::serve_ready(base::Nanos now) {
  bool any = false;
  while (state_.deferred.ready() != 0 && burst_.room() != 0 && pacer_.take(now, 1) == 1) {
    if (state_.is_excluded(state_.deferred.front().target)) {
      state_.counters.scan.add(Count::kSkippedExcluded);
      pacer_.give_back(1);
    } else {
      maker_.make(state_.deferred.front());
      last_deferred_ = now;
    }
    state_.deferred.pop_ready();
    any = true;
  }
  return any;
}

// How many positions may be taken now: what is left, and in a later pass what was last asked long enough ago.
size_t Sender::due_positions(base::Nanos now) const {
  const base::u128 left = state_.share.end - position_;
  size_t count = left < kBurst ? static_cast<size_t>(left) : kBurst;
  if (state_.pass == 0) return count;
  if (now < pass_not_before_) return 0;
  for (; count != 0; count /= 2) {
    const auto sent = previous_log().sent_by(position_ + count - 1);
    if (!sent || *sent + state_.plan.retry_spacing <= now) break;
  }
  return count;
}

bool Sender::send_positions(base::Nanos now) {
  const size_t due = due_positions(now);
  const size_t granted = due == 0 ? 0 : static_cast<size_t>(pacer_.take(now, due));
  if (granted != 0) {
    const auto made = maker_.make(position_, granted, now);
    if (made.probes < granted) pacer_.give_back(granted - made.probes);
    position_ += made.positions;
    state_.counters.scan.add(Count::kPositions, made.positions);
    log().mark(position_, now);
    if (made.positions == 0) return false;
  }
  if (position_ == state_.share.end) {
    phase_ = Phase::kDraining;
    if (state_.pass == 0) complete_ = true;
  }
  return granted != 0;
}

// The bulk sender keeps the rate, and what it leaves over has been granted by it.
bool Sender::follow_bulk(base::Nanos now) {
  const bool first = state_.pass == 0;
  const base::u128 end = first                    ? state_.share.end
                         : now < pass_not_before_ ? 0
                                                  : previous_log().end_by(now - state_.plan.retry_spacing);
  bulk_->follow(end, now);
  const auto left = bulk_->left();
  const size_t count = std::min(left.size(), burst_.room());
  if (count != 0) bulk_->done(maker_.make(left.first(count), now).positions);
  position_ = bulk_->position();
  if (position_ == state_.share.end && bulk_->settled()) {
    phase_ = Phase::kDraining;
    if (first) complete_ = true;
  }
  if (std::string error = bulk_->error(); !error.empty()) fail(std::move(error));
  return count != 0;
}

void Sender::begin_pass(uint32_t pass, base::u128 first, base::Nanos now) {
  state_.pass = pass;
  state_.skips_answered = pass != 0 || state_.plan.resume.answers;
  log().clear();
  if (first != state_.share.begin) log().mark(first, now);
  state_.asked_from[pass & 1] = first;
  position_ = first;
  maker_.begin_pass(pass);
  pass_not_before_ = last_deferred_ == 0 ? 0 : last_deferred_ + state_.plan.retry_spacing;
  state_.neighbors.forget_failures();
  if (bulk_) bulk_->begin(pass, first);
}

void Sender::end_pass(base::Nanos now) {
  const bool more = !stopped_ && state_.pass < state_.plan.retries && !all_answered();
  if (more) begin_pass(state_.pass + 1, state_.share.begin, now);
  phase_ = more ? Phase::kSending : Phase::kDone;
  if (!more && bulk_) bulk_->stop();
}

void Sender::stop() {
  stopped_ = true;
  if (finished()) return;
  stopped_at_ = clear();
  if (bulk_) bulk_->stop();
  for (stack::NeighborTable::Slot s = 0; s < state_.neighbors.size(); ++s) {
    state_.counters.scan.add(Count::kUnresolved, state_.deferred.drop(state_.neighbors.at(s)));
  }
  while (state_.deferred.ready() != 0) {
    state_.deferred.pop_ready();
    state_.counters.scan.add(Count::kUnresolved);
  }
  phase_ = Phase::kDone;
}

base::Nanos Sender::next(base::Nanos now) const {
  if (burst_.size() != 0) return now + kFullRetry;
  if (held_) return now + base::kSecond;
  base::Nanos when = now + base::kSecond;
  if (const auto failure = state_.neighbors.next_failure()) when = std::min(when, *failure);
  if (const auto request = state_.neighbors.next_request()) when = std::min(when, std::max(*request, pacer_.next(now)));
  if (phase_ == Phase::kSending && bulk_) {
    when = std::min(when, now + kBulkLook);
  } else if (phase_ == Phase::kSending && !state_.deferred.full()) {
    base::Nanos due = now;
    if (state_.pass != 0) {
      const auto sent = previous_log().sent_by(position_);
      due = std::max(pass_not_before_, sent ? *sent + state_.plan.retry_spacing : now);
    }
    when = std::min(when, std::max(due, pacer_.next(now)));
  }
  if (state_.deferred.ready() != 0) when = std::min(when, pacer_.next(now));
  return std::max(when, now);
}

Progress Sender::progress() const {
  Progress p{fraction_.load(std::memory_order_relaxed), pass_.load(std::memory_order_relaxed), positions_before_, 0};
  p.positions += state_.counters.scan[Count::kPositions];
  const base::u128 most = base::kU128Max / (base::u128{state_.plan.retries} + 1);
  p.total = std::min(size(), most) * (base::u128{state_.plan.retries} + 1);
  return p;
}

void Sender::publish() {
  const double passes = static_cast<double>(state_.plan.retries) + 1;
  const double of_pass = size() == 0 ? 1 : as_double(position_ - state_.share.begin) / as_double(size());
  const double done = phase_ == Phase::kDone ? passes : static_cast<double>(state_.pass) + of_pass;
  fraction_.store(done / passes, std::memory_order_relaxed);
  pass_.store(state_.pass, std::memory_order_relaxed);
}

}  // namespace portolan::scan
