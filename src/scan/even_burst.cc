// SPDX-License-Identifier: Apache-2.0
#include "scan/even_burst.h"

#include "scan/identity_columns.h"
#include "wire/cookie.h"

namespace portolan::scan {

std::optional<size_t> EvenBurst::make(const base::Column& items, size_t count, uint32_t pass_offset) {
  size_t asked = count;
  const base::Column& indexes = state_.pass == 0 ? items : unanswered(items, asked);
  const auto family = addr::pick_columns(state_.plan.targets, indexes, asked, targets_);
  const Path* path = family ? state_.egress.find_all(*family, targets_.high, targets_.low, asked) : nullptr;
  if (path == nullptr || path->needs_neighbor()) return std::nullopt;
  const wire::Template* probe = state_.probes.only_probe(path->number);
  if (probe == nullptr) return std::nullopt;
  state_.counters.scan.add(Count::kSkippedAnswered, count - asked);
  if (asked == 0) return 0;
  identify(*path, asked, pass_offset);
  const auto mac = path->next_hop.value_or(addr::MacAddress{});
  burst_.add(*probe, path->link, mac, {targets_.high, targets_.low, ports_, tokens_, ip_ids_}, asked);
  return asked;
}

// The items without those that have answered; `count` becomes their number.
const base::Column& EvenBurst::unanswered(const base::Column& items, size_t& count) {
  size_t left = 0;
  for (size_t i = 0; i < count; ++i) {
    unanswered_[left] = items[i];
    left += state_.answered.contains(items[i]) ? 0 : 1;
  }
  count = left;
  return unanswered_;
}

// Everything in a probe that follows from its target's cookie.
void EvenBurst::identify(const Path& path, size_t count, uint32_t pass_offset) {
  service_columns(targets_.service, count);
  wire::cookie_columns(state_.plan.key, path.source, {targets_.high, targets_.low, targets_.service}, count, hashes_);
  identity_columns({hashes_, targets_.service}, state_.share.ports, pass_offset, count, {ports_, tokens_, ip_ids_});
}

}  // namespace portolan::scan
