// SPDX-License-Identifier: Apache-2.0
// NeighborTable: which MAC address a neighbour on the local link has, as the scanner's own stack finds out.
//
// Sans-I/O: it says which address is to be asked for and when, and is told what was learned; who sends the ARP
// requests (RFC 826) and neighbor solicitations (RFC 4861) is the caller's affair. A neighbour is asked kAttempts
// times, at 0, 0.5 and 1.5 seconds, and given up after 2.5; a failure is remembered until forget_failures() (the next
// pass of a scan), so a dead subnet costs three requests a host and not three a port.
// Entries are never moved: a Slot stays valid as long as the table. Memory: about 64 bytes a neighbour asked for; it
// grows in blocks. Not thread-safe: the lane's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/clock.h"

namespace portolan::stack {

class NeighborTable {
 public:
  using Slot = uint32_t;
  static constexpr int kAttempts = 3;

  enum class State : uint8_t { kWaiting, kReachable, kFailed };

  struct Neighbor {
    addr::IpAddress address;
    addr::MacAddress mac;
    State state = State::kWaiting;
    uint8_t attempts = 0;
    uint16_t link = 0;             // the caller's number for the link it is on
    base::Nanos changed = 0;       // when the state became what it is
    uint32_t list_head = kNoList;  // for the caller: probes that wait for this neighbour
    uint32_t list_tail = kNoList;
  };
  static constexpr uint32_t kNoList = 0xffffffff;

  // Finds the neighbour, or enters it and schedules its first request for `now`.
  Slot find(uint16_t link, const addr::IpAddress& address, base::Nanos now);
  // nullptr when it was never looked for.
  const Neighbor* known(uint16_t link, const addr::IpAddress& address) const;
  const Neighbor& at(Slot s) const { return neighbors_[s]; }
  Neighbor& at(Slot s) { return neighbors_[s]; }

  // The neighbour that is to be asked for now, if any; counts as an attempt and schedules the next.
  std::optional<Slot> take_request(base::Nanos now);
  // The neighbour that has just been given up, if any; each is told once.
  std::optional<Slot> take_failure(base::Nanos now);
  // When take_request (take_failure) will next have something, as things stand; nullopt: never.
  std::optional<base::Nanos> next_request() const;
  std::optional<base::Nanos> next_failure() const;

  // An answer. Returns the slot when somebody waited for this address (and it is now kReachable), else nullopt: what
  // was never asked for is not believed.
  std::optional<Slot> learn(uint16_t link, const addr::IpAddress& address, const addr::MacAddress& mac,
                            base::Nanos now);

  // Failed neighbours will be asked again when they are next looked for.
  void forget_failures() { ++generation_; }

  size_t size() const { return neighbors_.size(); }

 private:
  struct Key {
    uint16_t link;
    addr::IpAddress address;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& k) const { return std::hash<addr::IpAddress>()(k.address) * 31 + k.link; }
  };
  struct Due {
    base::Nanos when;
    Slot slot;
    uint32_t generation;
  };
  // Waiting times are the same for all neighbours in the same attempt, so one queue per attempt is sorted by itself.
  static constexpr base::Nanos kPause[kAttempts] = {base::kSecond / 2, base::kSecond, base::kSecond};

  bool still_waiting(const Due& d) const;
  void schedule(int queue, Slot s, base::Nanos when);
  void drop_settled();

  std::deque<Neighbor> neighbors_;
  std::vector<uint32_t> generations_;  // of each neighbour: when it was last entered or re-entered
  std::unordered_map<Key, Slot, KeyHash> index_;
  std::deque<Due> queues_[kAttempts + 1];  // [a]: its request a+1 is due; [kAttempts]: it is to be given up
  uint32_t generation_ = 0;
};

}  // namespace portolan::stack
