// SPDX-License-Identifier: Apache-2.0
// Mesh: what a lane hands to another: frames that came to the wrong one. A ring from each lane to each other one.
//
// The kernel deals answers to lanes by our port, but an ICMP error, an echo reply or an ARP answer has none, and a
// network card deals as it likes. So a claim that is proven goes to the lane that asked its target, which alone knows
// whether it has answered before, and when it was asked; and which MAC address a neighbour has goes from lane to lane,
// all the way round. Nothing here waits: a full ring refuses, and who hands over counts it.
// A lane that sleeps in poll(2) is woken by a descriptor of its own, which costs a system call only then.
//
// Threads: each lane its own number; waiting() is exact when all lanes are at rest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/int128.h"
#include "base/spsc_ring.h"
#include "base/unique_fd.h"
#include "result/observation.h"
#include "scan/counters.h"

namespace portolan::scan {

// What a proven answer says, for the lane that asked.
struct Finding {
  result::Observation observation;  // whole but for its round trip
  base::u128 index = 0;             // of the target, in the target set
  base::u128 position = 0;          // of its probe, in that lane's order
  std::optional<uint32_t> pass;     // as Claim::pass
  base::Nanos now = 0;              // when it arrived, monotonic
  uint16_t link = 0;
};

// Which MAC address somebody on a link has.
struct NeighborNews {
  addr::IpAddress who;
  addr::MacAddress mac;
  uint16_t link = 0;
  base::Nanos now = 0;
  uint32_t origin = 0;           // the lane that received it: there the round ends
  std::optional<Count> verdict;  // the frame's, if no lane waited for it; absent once it is counted
};

class Mesh {
 public:
  using Handover = std::variant<Finding, NeighborNews>;

  explicit Mesh(uint32_t lanes);

  // The memory of what is handed to `lane`; called once for each, in its own thread, before anybody hands over.
  void open(uint32_t lane);

  // False when there is no room. REQUIRES: from != to; the thread of `from`.
  bool hand(uint32_t from, uint32_t to, const Handover& what);

  // Gives up to `most` of what each other lane has handed over to f(const Handover&); returns how many. The thread of
  // `lane`.
  template <class F>
  size_t take(uint32_t lane, size_t most, F&& f) {
    size_t taken = 0;
    Handover what;
    for (uint32_t from = 0; from < lanes_; ++from) {
      if (from == lane) continue;
      size_t left = most;
      for (Ring& r = ring(from, lane); left != 0 && r.pop(what); --left) f(what);
      taken += most - left;
    }
    return taken;
  }
  bool waiting(uint32_t lane) const;

  // Round a sleep: lie_down() says whether the lane may sleep until wake_fd() is readable; get_up() after it. The
  // descriptor is negative when there is but one lane or the kernel has none to give: then sleep briefly.
  int wake_fd(uint32_t lane) const { return seats_[lane].bell.get(); }
  bool lie_down(uint32_t lane);
  void get_up(uint32_t lane);
  // Wakes whoever sleeps. Any lane.
  void wake_all();

 private:
  using Ring = base::SpscRing<Handover>;
  // In all, to one lane: about 2 MiB.
  static constexpr size_t kRoom = 8192;
  static constexpr size_t kLeastRoom = 128;

  struct alignas(64) Seat {
    std::atomic<bool> asleep{false};
    base::UniqueFd bell;
    std::vector<std::unique_ptr<Ring>> from;  // from each lane; none from itself
  };

  Ring& ring(uint32_t from, uint32_t to) { return *seats_[to].from[from]; }
  void wake(Seat& seat);

  uint32_t lanes_;
  std::unique_ptr<Seat[]> seats_;
};

}  // namespace portolan::scan
