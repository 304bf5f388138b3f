// SPDX-License-Identifier: Apache-2.0
// NullPort: a Port whose frames go nowhere and where none arrives. For dry runs and benchmarks.
//
// It costs what the contract of Port costs and nothing else: the same slots are lent for each burst, and commit()
// adds their lengths up.
#pragma once

#include "pktio/port_counters.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

class NullPort final : public Port {
 public:
  // `burst`: the most slots that one acquire() lends.
  explicit NullPort(wire::LinkType link = wire::LinkType::kEthernet, size_t burst = kDefaultBurst)
      : link_(link), slots_(burst) {}

  wire::LinkType link() const override { return link_; }
  std::span<TxSlot> acquire(size_t want) override { return slots_.lend(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t) override { return {}; }
  int wait_fd() const override { return -1; }
  PortStats stats() const override { return counters_.stats(); }

 private:
  wire::LinkType link_;
  TxSlots slots_;
  PortCounters counters_;
};

}  // namespace portolan::pktio
