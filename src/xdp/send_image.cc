// SPDX-License-Identifier: Apache-2.0
#include "xdp/send_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

namespace portolan::xdp {
namespace {

using addr::IpAddress;
using base::u128;
using wire::PatchLayout;
using wire::Template;

// What the kernel's verifier lets a program reach in one table.
constexpr u128 kMostTable = u128{1} << 29;
constexpr uint64_t kMostAnswered = uint64_t{kMostTable} * 8;

tl::unexpected<std::string> refused(std::string why) { return tl::unexpected(std::move(why)); }

bool is_for_kernel(const Template* t) {
  return t != nullptr && t->layout().body != wire::kPatchArp && t->layout().body != wire::kPatchNeighbor;
}

std::string check_sizes(const SendOptions& o) {
  const addr::TargetSet& targets = *o.targets;
  const u128 n = targets.size();
  if (n == 0) return "there is nothing to send";
  if (!o.order->narrow() || base::hi64(n) != 0) return "the kernel program numbers at most 2^64 - 1 targets";
  if (o.retries && n > kMostAnswered) {
    return fmt::format("further passes keep a bit for each target, and the kernel's tables end at {}", kMostAnswered);
  }
  const u128 v4 = u128{targets.v4().pick_entries().size()} * sizeof(addr::PickEntryV4);
  const u128 v6 = u128{targets.v6().pick_entries().size()} * sizeof(addr::PickEntryV6);
  if (std::max({v4, v6, u128{targets.pairs().size()} * sizeof(SendPair)}) > kMostTable) {
    return "the kernel's tables end at 512 MiB, and the ranges of the targets take more";
  }
  return {};
}

std::string check_probe(const Template& t, const Template& first, bool v4) {
  if (t.length() > kMostSendFrame) {
    return fmt::format("a probe is {} bytes long; the kernel program sends at most {}", t.length(), kMostSendFrame + 0);
  }
  if ((t.layout().is_v4 != 0) != v4) return "a probe is not of its stretch's family";
  if (t.layout().network_at != first.layout().network_at || t.layout().ethernet != first.layout().ethernet) {
    return "the probes' link headers differ";
  }
  return {};
}

SendProbe probe_of(const Template& t, const addr::MacAddress& next_hop) {
  SendProbe probe{};
  probe.layout = t.layout();
  std::memcpy(probe.words, t.frame().data(), t.length());
  std::memcpy(&probe.tail, t.frame().last(sizeof probe.tail).data(), sizeof probe.tail);
  set_next_hop(probe, next_hop);
  return probe;
}

// Services that get the same probes on every way share a column.
std::vector<uint16_t> kinds_of(const SendOptions& o, std::vector<std::vector<const Template*>>& columns) {
  std::map<std::vector<const Template*>, uint16_t> numbers;
  std::vector<uint16_t> kinds;
  for (size_t i = 0; i < o.services.size(); ++i) {
    std::vector<const Template*> column;
    for (const SendStretch& s : o.stretches) {
      const Template* t = i < s.probes.size() ? s.probes[i] : nullptr;
      column.push_back(is_for_kernel(t) ? t : nullptr);
    }
    const auto [at, added] = numbers.emplace(column, static_cast<uint16_t>(columns.size()));
    if (added) columns.push_back(column);
    kinds.push_back(at->second);
  }
  return kinds;
}

class Builder {
 public:
  explicit Builder(const SendOptions& options) : o_(options) {}

  tl::expected<SendImage, std::string> build() {
    if (std::string why = check_sizes(o_); !why.empty()) return refused(std::move(why));
    number_services();
    if (std::string why = add_probes(); !why.empty()) return refused(std::move(why));
    add_ways();
    add_targets();
    set_order();
    return std::move(image_);
  }

 private:
  SendPlan& plan() { return image_.plan; }

  void number_services() {
    const auto kinds = kinds_of(o_, columns_);
    for (size_t i = 0; i < o_.services.size(); ++i) {
      const addr::ProtoPort& s = o_.services[i];
      services_[addr::service_key(s)] = {static_cast<uint32_t>(wire::cookie_service(s.port, o_.tags[i])), s.port,
                                         kinds[i]};
    }
  }
  SendService service(const addr::ProtoPort& s) const { return services_.at(addr::service_key(s)); }

  // A probe for each stretch and template, since next hops are told by the stretch.
  std::string add_probes() {
    const Template* first = nullptr;
    for (size_t way = 0; way < o_.stretches.size(); ++way) {
      std::unordered_map<const Template*, uint16_t> numbers;
      for (const auto& column : columns_) {
        const Template* t = column[way];
        if (t == nullptr) {
          image_.cells.push_back(kNoSendProbe);
          continue;
        }
        if (first == nullptr) first = t;
        if (std::string why = check_probe(*t, *first, o_.stretches[way].source.is_v4()); !why.empty()) return why;
        const auto [at, added] = numbers.emplace(t, static_cast<uint16_t>(image_.probes.size()));
        if (added) {
          if (image_.probes.size() == kMostSendProbes) {
            return fmt::format("there are more than {} different probes", kMostSendProbes + 0);
          }
          image_.probes.push_back(probe_of(*t, o_.stretches[way].next_hop));
          image_.probe_way.push_back(static_cast<uint32_t>(way));
        }
        image_.cells.push_back(at->second);
      }
    }
    if (first == nullptr) return "no probe of this plan can be sent by the kernel program";
    set_shape();
    return {};
  }

  void set_shape() {
    SendPlan& p = plan();
    const PatchLayout& shape = image_.probes.front().layout;
    p.shape = shape;
    p.same_shape = 1;
    p.network_at = shape.network_at;
    p.probes = image_.probes.size();
    for (const SendProbe& probe : image_.probes) {
      const PatchLayout& l = probe.layout;
      p.longest = std::max<uint64_t>(p.longest, l.size);
      const bool same = l.size == shape.size && l.body == shape.body && l.is_v4 == shape.is_v4 &&
                        l.place_offset == shape.place_offset && l.place_width == shape.place_width;
      if (!same) p.same_shape = 0;
    }
    const bool all_sent = std::find(image_.cells.begin(), image_.cells.end(), kNoSendProbe) == image_.cells.end();
    if (p.probes == 1 && all_sent) image_.cells.clear();
    p.kinds = columns_.size();
    p.probe_cells = image_.cells.size();
  }

  void add_ways() {
    for (size_t i = 0; i < o_.stretches.size(); ++i) {
      const SendStretch& s = o_.stretches[i];
      image_.ways.push_back(
          {s.first.hi(), s.first.lo(), s.last.hi(), s.last.lo(), s.source.hi(), s.source.lo(), i * columns_.size(), 0});
    }
    plan().ways = image_.ways.size();
    plan().way = image_.ways.front();
    plan().way_is_sure = image_.ways.size() == 1 && covers_all(o_.stretches.front());
  }

  bool covers_all(const SendStretch& s) const {
    const auto inside = [&s](const IpAddress& a) { return a >= s.first && a <= s.last; };
    const addr::TargetSet& t = *o_.targets;
    const auto ends_inside = [&inside](const auto& set, auto make) {
      return set.empty() || (inside(make(set.range(0).first)) && inside(make(set.range(set.range_count() - 1).last)));
    };
    const auto pairs = t.pairs();
    return ends_inside(t.v4(), IpAddress::v4) && ends_inside(t.v6(), [](u128 w) { return IpAddress::v6(w); }) &&
           (pairs.empty() || (inside(pairs.front().address) && inside(pairs.back().address)));
  }

  template <class Word>
  void add_block(const addr::ProductBlock<Word>& from, SendBlock& to, std::vector<SendService>& services) {
    to.size = base::lo64(from.size());
    to.by_services = from.by_services().by();
    if (from.size() == 0) return;
    to.shape = from.addresses().pick_shape();
    to.ranges = from.addresses().range_count();
    to.begin_lo = base::lo64(from.addresses().pick(0));
    to.begin_hi = base::hi64(u128{from.addresses().pick(0)});
    for (const addr::ProtoPort& s : from.services()) services.push_back(service(s));
    to.first = services.front();
  }

  void add_targets() {
    add_block(o_.targets->block_v4(), plan().v4, image_.v4_services);
    add_block(o_.targets->block_v6(), plan().v6, image_.v6_services);
    for (const addr::Target& t : o_.targets->pairs()) {
      image_.pairs.push_back({t.address.hi(), t.address.lo(), service(t.service)});
    }
    plan().pairs = image_.pairs.size();
    plan().only_v4 = plan().v6.size == 0 && plan().pairs == 0;
    plan().one_service = plan().only_v4 != 0 && image_.v4_services.size() == 1;
  }

  void set_order() {
    SendPlan& p = plan();
    const uint64_t n = base::lo64(o_.targets->size());
    p.size = base::lo64(o_.slice.size(n));
    p.first = o_.slice.x - 1;
    p.stride = o_.slice.y;
    p.last = n - 1;
    p.keys = o_.order->keys();
    base::sip_begin(&p.sip, o_.key.k0, o_.key.k1);
    p.first_port = o_.first_port;
    p.port_count = o_.port_count;
    p.retries = o_.retries;
    p.answered_words = o_.retries ? n / 64 + 1 : 0;
  }

  const SendOptions& o_;
  SendImage image_;
  std::vector<std::vector<const Template*>> columns_;
  std::unordered_map<uint32_t, SendService> services_;
};

}  // namespace

tl::expected<SendImage, std::string> make_send_image(const SendOptions& options) { return Builder(options).build(); }

void set_next_hop(SendProbe& probe, const addr::MacAddress& mac) {
  if (probe.layout.ethernet != 0) mac.store(reinterpret_cast<uint8_t*>(probe.words));
}

SendSchedule make_send_schedule(uint64_t millis_per_second) {
  SendSchedule s{};
  s.unlimited = millis_per_second == 0;
  s.group = kSendGroup;
  s.mark_every = kSendMarkFrames;
  if (s.unlimited) return s;
  constexpr uint64_t kMillisPerNano = 1'000'000'000'000;  // one packet a nanosecond, in thousandths a second
  const auto period = [](uint64_t millis) { return (u128{kMillisPerNano} << 32) / millis; };
  const uint64_t faster = std::max(millis_per_second / 8, std::min<uint64_t>(millis_per_second, 1'000'000));
  const u128 credit = period(millis_per_second), burst = period(millis_per_second + faster);
  const uint64_t near = base::lo64(u128{millis_per_second} * kSendMarkNanos / kMillisPerNano);
  s.credit_nanos = base::lo64(credit >> 32), s.credit_part = base::lo64(credit) & 0xffffffff;
  s.burst_nanos = base::lo64(burst >> 32), s.burst_part = base::lo64(burst) & 0xffffffff;
  s.debt = std::max<uint64_t>(100 * base::kMillisecond, 4 * s.credit_nanos);
  s.group = std::clamp<uint64_t>(near, 1, kSendGroup);
  s.mark_every = std::clamp<uint64_t>(near, 1, kSendMarkFrames);
  return s;
}

}  // namespace portolan::xdp
