// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_maker.h"

#include <algorithm>
#include <cstring>

#include "scan/probe_identity.h"

namespace portolan::scan {
namespace {

using NeighborState = stack::NeighborTable::State;

constexpr addr::MacAddress kNoMac{};  // for links without addresses, and for frames whose template knows better

bool is_link_scan(addr::Protocol p) { return p == addr::Protocol::kArp || p == addr::Protocol::kNdp; }

}  // namespace

ProbeMaker::Made ProbeMaker::make(base::u128 first, size_t count, base::Nanos now) {
  const permute::Shard& shard = state_.share.shard;
  first_ = first;
  which_ = {};
  if (state_.order.narrow()) {
    state_.order.at(base::lo64(shard.index(first)), shard.y, std::span(words_).first(count));
    return make_narrow(count, now);
  }
  state_.order.at(shard.index(first), shard.y, {indexes_.data(), count});
  return make_wide(count, now);
}

ProbeMaker::Made ProbeMaker::make(std::span<const base::u128> positions, base::Nanos now) {
  const permute::Shard& shard = state_.share.shard;
  const size_t count = positions.size();
  which_ = positions;
  if (state_.order.narrow()) {
    for (size_t i = 0; i < count; ++i) words_[i] = base::lo64(shard.index(positions[i]));
    state_.order.at(std::span(words_).first(count));
    return make_narrow(count, now);
  }
  for (size_t i = 0; i < count; ++i) indexes_[i] = state_.order.at(shard.index(positions[i]));
  return make_wide(count, now);
}

void ProbeMaker::make(const DeferredProbe& waited) {
  const auto& mac = state_.neighbors.at(waited.neighbor).mac;
  const Origin origin = state_.egress.origin(waited.target);
  queue(origin, waited.target, cookie_of(state_.plan.key, origin.source, waited.target), mac);
  count(1);
}

ProbeMaker::Made ProbeMaker::make_narrow(size_t count, base::Nanos now) {
  if (const auto probes = even_.make(std::span<const uint64_t>(words_).first(count), pass_offset_)) {
    this->count(*probes);
    return {count, *probes};
  }
  std::copy_n(words_.begin(), count, indexes_.begin());
  return make_each(count, now);
}

ProbeMaker::Made ProbeMaker::make_wide(size_t count, base::Nanos now) {
  if (const auto probes = even_.make(std::span<const base::u128>(indexes_).first(count), pass_offset_)) {
    this->count(*probes);
    return {count, *probes};
  }
  return make_each(count, now);
}

ProbeMaker::Made ProbeMaker::make_each(size_t count, base::Nanos now) {
  state_.plan.targets.pick({indexes_.data(), count}, {targets_.data(), count});
  for (size_t i = 0; i < count; ++i) {
    const addr::Target& t = targets_[i];
    const Origin& origin = origins_[i] = state_.egress.origin(t);
    // Field by field: an aggregate would be put together on the stack and copied, which costs 10 ns.
    wire::CookieQuery& q = queries_[i];
    q.ours = origin.path == nullptr ? t.address : origin.source;
    q.theirs = t.address;
    q.their_port = t.service.port;
    q.protocol_tag = cookie_tag(t.service.protocol);
  }
  wire::cookies(state_.plan.key, {queries_.data(), count}, cookies_);
  const size_t before = burst_.size();
  size_t done = 0;
  while (done < count && make_one(done, now)) ++done;
  const size_t probes = burst_.size() - before;
  this->count(probes);
  return {done, probes};
}

// False when the probe would have to wait and cannot: nothing was done.
bool ProbeMaker::make_one(size_t i, base::Nanos now) {
  auto& counters = state_.counters.scan;
  if (state_.skips_answered && state_.answered.contains(indexes_[i])) {
    counters.add(Count::kSkippedAnswered);
    return true;
  }
  const Origin& origin = origins_[i];
  const Path* path = origin.path;
  const addr::Target& target = targets_[i];
  if (state_.is_excluded(target)) {
    counters.add(Count::kSkippedExcluded);
    return true;
  }
  const bool link_scan = is_link_scan(target.service.protocol);
  if (path == nullptr || (link_scan && path->kind != host::LinkKind::kEthernet)) {
    counters.add(Count::kSkippedLocal);
    return true;
  }
  if (path->next_hop || link_scan || !path->needs_neighbor()) {
    queue(origin, target, cookies_[i], path->next_hop ? *path->next_hop : kNoMac);
    return true;
  }
  const auto slot = state_.neighbors.find(path->link, target.address, now);
  auto& neighbor = state_.neighbors.at(slot);
  switch (neighbor.state) {
    case NeighborState::kReachable:
      queue(origin, target, cookies_[i], neighbor.mac);
      return true;
    case NeighborState::kFailed:
      counters.add(Count::kUnresolved);
      return true;
    case NeighborState::kWaiting:
      break;
  }
  if (state_.deferred.full()) return false;
  state_.deferred.wait(neighbor, {target, slot, position_of(i)});
  return true;
}

void ProbeMaker::queue(const Origin& origin, const addr::Target& target, const wire::Cookie& cookie,
                       const addr::MacAddress& mac) {
  const Path& path = *origin.path;
  if (!path.sources.is_one()) burst_.next_source() = origin.source;
  wire::Stamp& s = burst_.next();
  s.destination = target.address;
  std::memcpy(&s.destination_mac, &mac, sizeof mac);
  s.source_port = source_port_of(cookie, state_.share.ports, pass_offset_);
  s.destination_port = target.service.port;
  s.token = cookie.token;
  s.ip_id = ip_id_of(cookie);
  burst_.add(state_.probes.probe(path.number, target.service), path.link);
}

void ProbeMaker::count(size_t probes) {
  state_.counters.scan.add(state_.pass == 0 ? Count::kProbes : Count::kRetries, probes);
}

}  // namespace portolan::scan
