// SPDX-License-Identifier: Apache-2.0
#include "scan/kernel_sender.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "scan/probe_identity.h"
#include "scan/probe_set.h"

namespace portolan::scan {
namespace {

bool is_template_probe(addr::Protocol p) {
  using addr::Protocol;
  return p == Protocol::kTcp || p == Protocol::kUdp || p == Protocol::kSctp || p == Protocol::kIcmpEcho ||
         p == Protocol::kIcmpTimestamp;
}

// Every service that the targets hold, once.
std::vector<addr::ProtoPort> services_of(const addr::TargetSet& targets) {
  std::vector<addr::ProtoPort> all(targets.services_v4().begin(), targets.services_v4().end());
  all.insert(all.end(), targets.services_v6().begin(), targets.services_v6().end());
  for (const addr::Target& t : targets.pairs()) all.push_back(t.service);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool asks(const addr::TargetSet& targets, bool v4, const addr::ProtoPort& service) {
  const auto services = v4 ? targets.services_v4() : targets.services_v6();
  if (std::binary_search(services.begin(), services.end(), service)) return true;
  return std::any_of(targets.pairs().begin(), targets.pairs().end(),
                     [&](const addr::Target& t) { return t.address.is_v4() == v4 && t.service == service; });
}

// A part of a rate; the parts add up.
uint64_t part_of(uint64_t whole, size_t part, size_t parts) {
  return whole * (part + 1) / parts - whole * part / parts;
}

void stay_on(int cpu) {
  if (cpu < 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(cpu), &one);
  pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

}  // namespace

KernelSender::KernelSender(const Plan& plan)
    : order_(plan.targets.size(), plan.seed), size_(plan.shard.size(plan.targets.size())) {}

tl::expected<std::unique_ptr<KernelSender>, std::string> KernelSender::make(const Plan& plan, const Egress& egress,
                                                                            uint16_t link,
                                                                            const std::vector<int>& cpus) {
  if (!plan.late_exclusions.empty() || !plan.late_excluded_services.empty())
    return tl::unexpected(std::string(kBulkHasItsTargets));
  if (!plan.source_ports.is_range()) return tl::unexpected(std::string(kBulkTakesOneRange));
  std::unique_ptr<KernelSender> sender(new KernelSender(plan));
  if (!sender->order_.narrow()) return tl::unexpected(std::string("the targets are more than 2^64"));
  const ProbeSet probes(plan, egress);

  xdp::SendOptions options;
  options.interface_index = egress.links()[link].interface_index;
  options.targets = &plan.targets;
  options.order = &sender->order_;
  options.key = plan.key;
  options.first_port = plan.source_ports.first();
  options.port_count = plan.source_ports.size();
  options.services = services_of(plan.targets);
  options.retries = plan.retries != 0 || plan.resume.answers;
  for (const auto& s : options.services) options.tags.push_back(cookie_tag(s.protocol));
  bool any = false;
  for (const Egress::Stretch& stretch : egress.stretches()) {
    const Path& path = egress.paths()[stretch.path];
    const bool ours = path.link == link && (path.router || path.next_hop);
    if (!ours) continue;
    xdp::SendStretch s{stretch.first, stretch.last, path.source, path.next_hop.value_or(addr::MacAddress()), {}};
    for (const auto& service : options.services) {
      const bool can = is_template_probe(service.protocol) && asks(plan.targets, path.source.is_v4(), service);
      any |= can;
      s.probes.push_back(can ? &probes.probe(stretch.path, service) : nullptr);
    }
    sender->hops_.push_back({options.stretches.size(), stretch.path});
    options.stretches.push_back(std::move(s));
  }
  if (!any) {
    return tl::unexpected(fmt::format("nothing that it can ask lies behind a router of {}", egress.links()[link].name));
  }

  for (size_t i = 0; i < cpus.size(); ++i) {
    options.slice = {plan.shard.x + plan.shard.y * i, plan.shard.y * cpus.size()};
    auto program = xdp::SendProgram::load(options);
    if (!program) return tl::unexpected(program.error());
    auto slice = std::make_unique<Slice>(std::move(*program));
    slice->of_scan = options.slice;
    slice->of_lane = {i + 1, cpus.size()};
    slice->cpu = cpus[i];
    sender->slices_.push_back(std::move(slice));
  }
  sender->set_rate(plan.rate);
  return sender;
}

KernelSender::~KernelSender() { stop(); }

tl::expected<void, std::string> KernelSender::hold_when(int ring_fd, uint64_t bytes) {
  for (auto& slice : slices_) {
    if (auto held = slice->program.hold_when(ring_fd, bytes); !held) return held;
  }
  return {};
}

void KernelSender::start(const Egress& egress) {
  for (auto& slice : slices_) {
    for (const Hop& hop : hops_) slice->program.set_next_hop(hop.stretch, *egress.paths()[hop.path].next_hop);
    slice->thread = std::thread([s = slice.get()] { run(*s); });
  }
}

void KernelSender::run(Slice& slice) {
  stay_on(slice.cpu);
  const auto ended = slice.program.run();
  if (ended) return;
  slice.error = ended.error();
  slice.failed.store(true, std::memory_order_release);
}

void KernelSender::begin(const BulkPass& pass) {
  for (auto& slice : slices_) {
    const uint64_t first = base::lo64(slice->of_lane.size(pass.first));
    slice->program.begin({pass.port_offset, first, pass.skips_answered});
  }
}

// To the program, no rate at all would be the greatest.
void KernelSender::set_rate(pace::Rate rate) {
  for (size_t i = 0; i < slices_.size(); ++i) {
    const uint64_t part = std::max<uint64_t>(part_of(rate.millis(), i, slices_.size()), 1);
    slices_[i]->program.set_rate(rate.is_unlimited() ? 0 : part);
  }
}

void KernelSender::hold(bool held) {
  for (auto& slice : slices_) slice->program.hold(held);
}

void KernelSender::allow(base::u128 end) {
  for (auto& slice : slices_) slice->program.allow(base::lo64(slice->of_lane.size(end)));
}

base::u128 KernelSender::position() const {
  base::u128 least = size_;
  for (const auto& slice : slices_) {
    const uint64_t at = slice->program.position();
    if (at < slice->program.size()) least = std::min(least, slice->of_lane.index(at));
  }
  return least;
}

bool KernelSender::settled() const {
  return std::all_of(slices_.begin(), slices_.end(), [](const auto& s) { return s->program.settled(); });
}

size_t KernelSender::take_left(std::span<base::u128> positions) {
  std::array<uint64_t, 64> own;
  size_t taken = 0;
  for (size_t i = 0; i < slices_.size() && taken < positions.size(); ++i) {
    Slice& slice = *slices_[next_left_];
    next_left_ = next_left_ + 1 == slices_.size() ? 0 : next_left_ + 1;
    const size_t room = std::min(own.size(), positions.size() - taken);
    const size_t n = slice.program.take_left(std::span(own).first(room));
    for (size_t k = 0; k < n; ++k) positions[taken++] = slice.of_lane.index(own[k]);
  }
  return taken;
}

std::optional<base::Nanos> KernelSender::sent_at(base::u128 position) const {
  for (const auto& slice : slices_) {
    if (const auto k = slice->of_lane.position(position)) return slice->program.sent_at(base::lo64(*k));
  }
  return std::nullopt;
}

void KernelSender::mark_answered(base::u128 index) {
  const base::u128 at = order_.inverse(index);
  for (auto& slice : slices_) {
    if (slice->of_scan.position(at)) return slice->program.mark_answered(base::lo64(index));
  }
}

void KernelSender::charge(uint64_t frames) {
  slices_[next_charged_]->program.charge(frames);
  next_charged_ = next_charged_ + 1 == slices_.size() ? 0 : next_charged_ + 1;
}

BulkSent KernelSender::sent() const {
  BulkSent sum;
  for (const auto& slice : slices_) {
    const xdp::SendCounts c = slice->program.counts();
    sum.positions += c.positions;
    sum.sent += c.sent;
    sum.sent_bytes += c.sent_bytes;
    sum.refused += c.refused;
    sum.again += c.again;
    sum.left += c.left;
    sum.skipped_answered += c.skipped_answered;
  }
  return sum;
}

void KernelSender::stop() {
  for (auto& slice : slices_) {
    if (!slice->thread.joinable()) continue;
    slice->program.interrupt();
    slice->thread.join();
  }
}

std::string KernelSender::error() const {
  for (const auto& slice : slices_) {
    if (slice->failed.load(std::memory_order_acquire)) return slice->error;
  }
  return {};
}

}  // namespace portolan::scan
