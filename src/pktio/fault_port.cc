// SPDX-License-Identifier: Apache-2.0
#include "pktio/fault_port.h"

namespace portolan::pktio {

void FaultyLine::corrupt(std::vector<uint8_t>& bytes) {
  if (bytes.empty()) return;
  const uint64_t bit = random_.next() % (bytes.size() * 8);
  bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ (1u << (bit % 8)));
}

void FaultyLine::put(Frame frame) {
  if (draw(faults_.drop)) {
    ++counts_.dropped;
    return;
  }
  if (draw(faults_.corrupt)) {
    ++counts_.corrupted;
    corrupt(frame.bytes);
  }
  if (draw(faults_.duplicate)) {
    ++counts_.duplicated;
    ready_.push_back(frame);
  }
  if (faults_.most_delay > 0 && draw(faults_.delay)) {
    ++counts_.delayed;
    frame.wait = 1 + static_cast<uint32_t>(random_.next() % faults_.most_delay);
    held_.push_back(std::move(frame));
    return;
  }
  ready_.push_back(std::move(frame));
}

void FaultyLine::tick() {
  std::vector<Frame> still_held;
  for (Frame& frame : held_) {
    if (--frame.wait == 0) {
      ready_.push_back(std::move(frame));
    } else {
      still_held.push_back(std::move(frame));
    }
  }
  held_ = std::move(still_held);
}

FaultPort::FaultPort(std::unique_ptr<Port> port, const Faults& sending, const Faults& receiving, uint64_t seed)
    : PortAround(std::move(port)), out_(sending, seed), in_(receiving, ~seed) {
  for (TxSlot& slot : slots_.lend(slots_.size())) slot.capacity = kMinSlot;  // so that it fits in any port inside
}

void FaultPort::commit(size_t count) {
  for (const TxSlot& slot : slots_.lend(count)) {
    if (slot.length == 0) {
      counters_.add(PortCounter::kSendRefused);
      continue;
    }
    counters_.count_sent(1, slot.length);
    out_.put({.bytes = {slot.data, slot.data + slot.length}, .wall = 0, .checksum_partial = false, .wait = 0});
  }
  out_.tick();
  pass_on();
}

void FaultPort::pass_on() {
  std::deque<FaultyLine::Frame>& ready = out_.ready();
  while (!ready.empty()) {
    const std::span<TxSlot> slots = inside().acquire(ready.size());
    if (slots.empty()) return;
    for (TxSlot& slot : slots) {
      const std::vector<uint8_t>& bytes = ready.front().bytes;
      std::memcpy(slot.data, bytes.data(), bytes.size());
      slot.length = static_cast<uint16_t>(bytes.size());
      ready.pop_front();
    }
    inside().commit(slots.size());
  }
}

std::span<const RxFrame> FaultPort::receive(size_t want) {
  std::deque<FaultyLine::Frame>& ready = in_.ready();
  ready.erase(ready.begin(), ready.begin() + static_cast<std::ptrdiff_t>(lent_count_));
  for (const RxFrame& f : inside().receive(want)) {
    in_.put(
        {.bytes = {f.bytes.begin(), f.bytes.end()}, .wall = f.wall, .checksum_partial = f.checksum_partial, .wait = 0});
  }
  in_.tick();
  out_.tick();
  pass_on();
  lent_count_ = std::min(want, ready.size());
  lent_.clear();
  for (size_t i = 0; i < lent_count_; ++i) {
    lent_.push_back({.bytes = ready[i].bytes, .wall = ready[i].wall, .checksum_partial = ready[i].checksum_partial});
  }
  counters_.count_received(lent_);
  return lent_;
}

PortStats FaultPort::stats() const {
  PortStats stats = counters_.stats();
  const PortStats inner = inside().stats();
  stats.send_retries = inner.send_retries;
  stats.receive_dropped = inner.receive_dropped;
  return stats;
}

}  // namespace portolan::pktio
