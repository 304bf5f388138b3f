// SPDX-License-Identifier: Apache-2.0
#include "scan/even_burst.h"

#include "scan/identity_columns.h"
#include "wire/cookie.h"

namespace portolan::scan {
namespace {

template <class Index>
std::span<const Index> without_answered(std::span<const Index> items, std::span<Index> room,
                                        const AnsweredSet& answered) {
  size_t left = 0;
  for (const Index item : items) {
    room[left] = item;
    left += answered.contains(item) ? 0 : 1;
  }
  return room.first(left);
}

}  // namespace

std::optional<size_t> EvenBurst::make(std::span<const uint64_t> items, uint32_t pass_offset) {
  return make_from(items, std::span<uint64_t>(unanswered_), pass_offset);
}

std::optional<size_t> EvenBurst::make(std::span<const base::u128> items, uint32_t pass_offset) {
  return make_from(items, std::span<base::u128>(wide_unanswered_), pass_offset);
}

template <class Index>
std::optional<size_t> EvenBurst::make_from(std::span<const Index> items, std::span<Index> room, uint32_t pass_offset) {
  if (state_.probes.asks_links() || state_.exclusions || state_.egress.adapters() != 1) return std::nullopt;
  const auto asked = state_.skips_answered ? without_answered(items, room, state_.answered) : items;
  const size_t count = asked.size();
  if (count == 0) {
    state_.counters.scan.add(Count::kSkippedAnswered, items.size());
    return 0;
  }
  const auto family = addr::pick_columns(state_.plan.targets, asked, targets_);
  const Path* path = family ? state_.egress.find_all(*family, targets_.high, targets_.low, count) : nullptr;
  if (path == nullptr || path->needs_neighbor()) return std::nullopt;
  state_.counters.scan.add(Count::kSkippedAnswered, items.size() - count);
  identify(*path, count, pass_offset);
  queue(*path, *family == addr::Family::kIpv4, count);
  return count;
}

// Everything in a probe that follows from its target's cookie.
void EvenBurst::identify(const Path& path, size_t count, uint32_t pass_offset) {
  service_columns(targets_.service, count);
  if (path.sources.is_one()) {
    wire::cookie_columns(state_.plan.key, path.source, {targets_.high, targets_.low, targets_.service}, count, hashes_);
  } else {
    identify_by_source(path, count);
  }
  identity_columns({hashes_, targets_.service}, state_.share.ports, pass_offset, count, {ports_, tokens_, ip_ids_});
}

void EvenBurst::identify_by_source(const Path& path, size_t count) {
  state_.egress.draw_sources(path, {targets_.high, targets_.low, targets_.service}, {sources_.data(), count});
  const bool v4 = path.source.is_v4();
  for (size_t i = 0; i < count; ++i) {
    wire::CookieQuery& q = queries_[i];
    q.ours = sources_[i];
    q.theirs = v4 ? addr::IpAddress::v4(static_cast<uint32_t>(targets_.low[i]))
                  : addr::IpAddress::v6(base::make_u128(targets_.high[i], targets_.low[i]));
    q.their_port = static_cast<uint16_t>(targets_.service[i] >> 8);
    q.protocol_tag = static_cast<uint8_t>(targets_.service[i]);
  }
  wire::cookies(state_.plan.key, {queries_.data(), count}, cookies_);
  for (size_t i = 0; i < count; ++i) hashes_[i] = cookies_[i].hash();
}

// With one template for all, the frames are written in columns too.
void EvenBurst::queue(const Path& path, bool is_v4, size_t count) {
  const auto mac = path.next_hop.value_or(addr::MacAddress{});
  const wire::StampColumns stamps{targets_.high, targets_.low, ports_, tokens_, ip_ids_};
  const std::span sources(sources_.data(), path.sources.is_one() ? 0 : count);
  if (const wire::Template* probe = state_.probes.only_probe(path.number)) {
    return burst_.add(*probe, path.link, mac, stamps, count, sources);
  }
  for (size_t i = 0; i < count; ++i) {
    burst_.next() = wire::stamp_at(stamps, i, mac, is_v4);
    if (!sources.empty()) burst_.next_source() = sources[i];
    const uint64_t service = targets_.service[i];
    const addr::ProtoPort asked{static_cast<addr::Protocol>(service & 0xff), static_cast<uint16_t>(service >> 8)};
    burst_.add(state_.probes.probe(path.number, asked), path.link);
  }
}

}  // namespace portolan::scan
