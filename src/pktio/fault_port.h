// SPDX-License-Identifier: Apache-2.0
// FaultPort: a Port around a Port that loses, doubles, damages and delays frames, each by its own chance.
//
// For tests: the same seed and the same calls give the same faults. Time is counted in calls: a delayed frame waits
// for up to `most_delay` further calls of commit() or receive(), which also puts it out of order. Nothing is held for
// ever as long as calls go on. To the user a frame that is lost on its way out was sent, as with a real network.
// Copies and allocates, unlike other ports.
#pragma once

#include <deque>
#include <vector>

#include "base/random.h"
#include "pktio/port_around.h"
#include "pktio/port_counters.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

inline constexpr uint32_t kMillion = 1'000'000;

// Chances in a million, each drawn for each frame.
struct Faults {
  uint32_t drop = 0;
  uint32_t duplicate = 0;
  uint32_t corrupt = 0;  // one bit is flipped
  uint32_t delay = 0;
  uint32_t most_delay = 4;  // calls
};

struct FaultCounts {
  uint64_t dropped = 0;
  uint64_t duplicated = 0;
  uint64_t corrupted = 0;
  uint64_t delayed = 0;
};

// One direction of a faulty link.
class FaultyLine {
 public:
  struct Frame {
    std::vector<uint8_t> bytes;
    base::Nanos wall = 0;
    bool checksum_partial = false;
    uint32_t wait = 0;  // calls
  };

  FaultyLine(const Faults& faults, uint64_t seed) : faults_(faults), random_(seed) {}

  void put(Frame frame);
  void tick();  // one call has gone by
  std::deque<Frame>& ready() { return ready_; }
  const FaultCounts& counts() const { return counts_; }

 private:
  bool draw(uint32_t chance) { return random_.next() % kMillion < chance; }
  void corrupt(std::vector<uint8_t>& bytes);

  Faults faults_;
  base::SplitMix64 random_;
  std::deque<Frame> ready_;
  std::vector<Frame> held_;
  FaultCounts counts_;
};

class FaultPort final : public PortAround {
 public:
  FaultPort(std::unique_ptr<Port> inside, const Faults& sending, const Faults& receiving, uint64_t seed);

  std::span<TxSlot> acquire(size_t want) override { return slots_.lend(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;
  PortStats stats() const override;

  const FaultCounts& sending() const { return out_.counts(); }
  const FaultCounts& receiving() const { return in_.counts(); }

 private:
  void pass_on();  // what is ready to leave, as far as the port inside has room

  FaultyLine out_;
  FaultyLine in_;
  TxSlots slots_;
  size_t lent_count_ = 0;  // frames of in_.ready() that the last receive() lent
  std::vector<RxFrame> lent_;
  PortCounters counters_;
};

}  // namespace portolan::pktio
