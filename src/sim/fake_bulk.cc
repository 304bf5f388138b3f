// SPDX-License-Identifier: Apache-2.0
#include "sim/fake_bulk.h"

#include <algorithm>
#include <cstring>

#include "scan/probe_identity.h"
#include "scan/technique.h"

namespace portolan::sim {

FakeBulk::FakeBulk(const scan::Plan& plan, std::unique_ptr<pktio::Port> inside, const base::VirtualClock& clock)
    : PortAround(std::move(inside)),
      plan_(plan),
      clock_(clock),
      order_(plan.targets.size(), plan.seed),
      answered_(static_cast<size_t>(plan.targets.size())) {}

void FakeBulk::start(const scan::Egress& egress) {
  egress_ = &egress;
  probes_.emplace(plan_, egress);
}

void FakeBulk::begin(const scan::BulkPass& pass) {
  skips_answered_ = pass.skips_answered;
  port_offset_ = pass.port_offset;
  position_ = first_ = pass.first;
  times_.clear();
}

void FakeBulk::allow(base::u128 end) {
  if (clock_.now() < next_gulp_ || held_) return;
  next_gulp_ = clock_.now() + base::kMillisecond;
  for (uint64_t gulp = 1 + random_.next() % 100; gulp != 0 && position_ < end && !stopped_; --gulp) take_next();
}

void FakeBulk::take_next() {
  const base::u128 index = order_.at(plan_.shard.index(position_));
  const addr::Target target = plan_.targets.pick(index);
  ++sent_.positions;
  times_.push_back(clock_.now());
  if (skips_answered_ && answered_[static_cast<size_t>(index)]) {
    ++sent_.skipped_answered;
  } else if (const scan::Path* path = egress_->find(target.address);
             path == nullptr || !path->next_hop || target.service.protocol == addr::Protocol::kIp) {
    ++sent_.left;
    left_.push_back(position_);
  } else {
    send(*path, target);
  }
  ++position_;
}

void FakeBulk::send(const scan::Path& path, const addr::Target& target) {
  const wire::Cookie cookie = scan::cookie_of(plan_.key, path.source, target);
  const wire::Template& probe = probes_->probe(path.number, target.service);
  const auto slots = inside().acquire(1);
  if (slots.empty()) {
    ++sent_.refused;
    return;
  }
  probe.stamp(slots[0].data, {.destination = target.address,
                              .destination_mac = *path.next_hop,
                              .source_port = scan::source_port_of(cookie, plan_.source_ports, port_offset_),
                              .destination_port = target.service.port,
                              .token = cookie.token,
                              .ip_id = scan::ip_id_of(cookie)});
  slots[0].length = static_cast<uint16_t>(probe.length());
  inside().commit(1);
  ++sent_.sent;
  sent_.sent_bytes += probe.length();
}

size_t FakeBulk::take_left(std::span<base::u128> positions) {
  const size_t n = std::min({positions.size(), left_.size(), static_cast<size_t>(1 + random_.next() % 40)});
  std::copy_n(left_.begin(), n, positions.begin());
  left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

std::optional<base::Nanos> FakeBulk::sent_at(base::u128 position) const {
  if (position < first_ || position - first_ >= times_.size()) return std::nullopt;
  return times_[static_cast<size_t>(position - first_)];
}

std::span<const pktio::RxFrame> FakeBulk::receive(size_t want) {
  passed_.clear();
  for (const pktio::RxFrame& raw : inside().receive(want)) {
    if (!keeps(raw)) passed_.push_back(raw);
  }
  return passed_;
}

uint16_t FakeBulk::own_number(const addr::IpAddress& own) {
  const auto it = std::find(own_.begin(), own_.end(), own);
  if (it == own_.end()) own_.push_back(own);
  return static_cast<uint16_t>(std::find(own_.begin(), own_.end(), own) - own_.begin());
}

bool FakeBulk::keeps(const pktio::RxFrame& raw) {
  const auto frame = wire::FrameView::check(raw.bytes, link(), raw.checksum_partial);
  if (!frame || frame->transport() != wire::FrameView::Transport::kTcp) return false;
  const scan::PortSlices ports(plan_.source_ports, 1);
  const scan::Verdict verdict = scan::kTcpSyn.answer(*frame, {plan_.key, ports, plan_.retries});
  if (!verdict) return false;
  const auto tcp = frame->tcp();
  xdp::Caught c{};
  c.time = static_cast<uint64_t>(clock_.now());
  c.hi = frame->source().hi(), c.lo = frame->source().lo();
  c.own = own_number(frame->destination());
  c.port = tcp.source_port(), c.our_port = tcp.destination_port();
  c.what = static_cast<uint8_t>(tcp.is_syn_ack() ? xdp::kCaughtSynAck : xdp::kCaughtRst);
  c.ttl = frame->ttl();
  c.pass = *verdict->pass;
  c.window = tcp.window();
  std::memcpy(c.mac, frame->source_mac().bytes.data(), sizeof c.mac);
  const base::Bytes options = tcp.option_bytes();
  c.option_bytes = static_cast<uint8_t>(options.size());
  if (!options.empty()) std::memcpy(c.options, options.data(), options.size());
  waiting_.push_back(c);
  ++received_.recorded;
  caught_bytes_ += raw.bytes.size();
  return true;
}

std::span<const xdp::Caught> FakeBulk::poll(size_t most) {
  const size_t n = std::min(most, waiting_.size());
  handed_.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
  return handed_;
}

pktio::PortStats FakeBulk::stats() const {
  pktio::PortStats s = inside().stats();
  s.sent -= sent_.sent;
  s.sent_bytes -= sent_.sent_bytes;
  s.received -= received_.recorded;
  s.received_bytes -= caught_bytes_;
  return s;
}

}  // namespace portolan::sim
