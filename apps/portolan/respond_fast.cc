// SPDX-License-Identifier: Apache-2.0
// The part of RespondRun that puts the kernel program in front of the engine (--fast).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/driver_name.h"
#include "portolan/errors.h"
#include "portolan/respond_run.h"

namespace portolan::cli {
namespace {

template <class Word>
addr::RangeList<Word> list_of(const addr::RangeSet<Word>& set) {
  addr::RangeList<Word> list;
  for (size_t k = 0; k < set.range_count(); ++k) list.add(set.range(k).first, set.range(k).last);
  list.normalize();
  return list;
}

// As Engine has them: bursts of two seconds for sources, of a tenth for the whole.
xdp::FastRate rate_of(uint64_t per_second, uint64_t burst) {
  if (per_second == 0) return {};
  return {static_cast<base::Nanos>((base::kSecond + per_second - 1) / per_second), std::max<uint64_t>(burst, 1)};
}

xdp::FastOptions fast_options(const respond::EngineOptions& engine, const wire::SynKeys& keys) {
  xdp::FastOptions o;
  o.mac = engine.mac;
  o.own_everything = engine.own.is_everything();
  o.own_v4 = list_of(engine.own.v4()), o.own_v6 = list_of(engine.own.v6());
  o.denied_v4 = list_of(engine.denied.v4()), o.denied_v6 = list_of(engine.denied.v6());
  o.primary_v4 = engine.primary_v4, o.primary_v6 = engine.primary_v6;
  o.population = engine.population;
  o.keys = keys;
  const respond::Rates& r = engine.rates;
  o.per_address = rate_of(r.per_source, 2 * r.per_source);
  o.per_subnet = rate_of(r.per_prefix, 2 * r.per_prefix);
  o.per_site = rate_of(2 * r.per_prefix, 4 * r.per_prefix);
  o.whole = rate_of(r.whole, std::max<uint64_t>(r.whole / 10, 64));
  return o;
}

}  // namespace

void RespondRun::start_fast() {
  if (!request_.fast) return;
  const respond::EngineOptions& engine = request_.engine;
  if (!engine.weather.is_calm()) {
    refuse("--fast knows no weather, and the population asks for loss, delay or repetition", "--fast",
           "leave --fast out, or take the weather out of the population");
  }
  if (!engine.shared.empty()) {
    refuse(fmt::format("--fast would answer before the machine's own addresses on {} are told apart", interface_.name),
           "--fast", "answer for other addresses than the machine's, or leave --fast out");
  }
  xdp::FastOptions options = fast_options(engine, engine_->syn_keys());
  // The other end of a veth pair leaves transport checksums unfinished, and XDP is not told.
  options.trust_checksums = host::driver_name(interface_.name) == "veth";
  auto fast = xdp::FastAnswer::open(interface_.index, options, *request_.fast);
  if (!fast) refuse(fast.error(), "--fast", "leave --fast out: user space answers the same");
  fast_.emplace(std::move(*fast));
  fast_epoch_ = engine_->syn_keys().epoch;
  fast_->counters();  // the first time it reads how many processors there are, from a file
  if (!fast_->generic_reason().empty() && *request_.fast != xdp::FastMode::kGeneric)
    print_warning("--fast runs before the network stack, not in the driver: " + fast_->generic_reason());
}

}  // namespace portolan::cli
