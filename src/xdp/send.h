// SPDX-License-Identifier: Apache-2.0
// SendProgram: the kernel program that makes and sends probes (send.bpf.c), loaded, and the one long call that runs it.
//
// A slice of a scan's positions as a program in the kernel: next position -> index -> permutation -> target -> path ->
// cookie -> template patched -> out through the device, as XDP live frames (BPF_PROG_TEST_RUN, kernel 5.18). The steps
// are those of the C++ sender, compiled from the same headers, and a test holds every frame of both against each other.
// Use it for rates that user space does not reach: while it runs, it keeps a processor busy whatever the rate.
//
// Exact: a frame that the device did not take (its queue was full) is made and sent again, so that positions are sent
// once and in order but for these; sent counts what the device took, by the kernel's own tracepoint for it. Positions
// that need user space (a neighbour to resolve, a probe that is no template's) are left to the caller, by number.
//
// Lifetime: nothing is attached to the device, so nothing can be left behind. Needs CAP_BPF, CAP_NET_ADMIN,
// CAP_PERFMON. Threads: run() has one of its own and blocks; all else belongs to one other thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "addr/target_set.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "permute/permutation.h"
#include "permute/shard.h"
#include "wire/template.h"

namespace portolan::xdp {

// Destinations [first, last] (of one family) leave from `source` to `next_hop`.
struct SendStretch {
  addr::IpAddress first, last;
  addr::IpAddress source;
  addr::MacAddress next_hop;
  // The probe for each service of the target set; a service without one is left to the caller. By the service's place
  // in services(): see SendOptions.
  std::vector<const wire::Template*> probes;
};

struct SendOptions {
  int interface_index = 0;
  const addr::TargetSet* targets = nullptr;
  const permute::Permutation* order = nullptr;  // REQUIRES: narrow()
  permute::Shard slice;                         // whose positions are ours
  base::SipKey key;
  uint16_t first_port = 0;  // our ports
  uint32_t port_count = 1;
  std::vector<addr::ProtoPort> services;  // every one that the targets hold; at most 65,536 x 3
  std::vector<uint8_t> tags;              // of `services`: the cookie's protocol tag
  std::vector<SendStretch> stretches;     // sorted, disjoint. A destination that is in none is left to the caller
  bool retries = false;                   // some passes skip who has answered: keeps a bit for each target
};

// One way over all positions.
struct SendPass {
  uint32_t port_offset = 0;     // pass mod port_count
  uint64_t first = 0;           // position; those before it are done
  bool skips_answered = false;  // REQUIRES: options.retries. Leaves out whom mark_answered() named
};

// The program's own books. positions = sent + in_flight + left + skipped_answered + refused.
struct SendCounts {
  uint64_t positions = 0;  // taken, of all passes
  uint64_t sent = 0;       // frames that the device took
  uint64_t sent_bytes = 0;
  uint64_t again = 0;    // frames that it did not take, and which are (to be) sent again
  uint64_t refused = 0;  // given up: the device keeps refusing (down, gone)
  uint64_t left = 0;     // positions left to the caller
  uint64_t skipped_answered = 0;
  uint64_t held = 0;  // times that it stood still because results were not taken out fast enough
};

class SendProgram {
 public:
  // Makes the program and its tables: 16 to 24 bytes a range of IPv4 (40 to 48 IPv6), and 1/8 byte a target with
  // retries. The error says what the kernel or the plan lacks, for people: it is shown when the next lane is taken.
  static tl::expected<SendProgram, std::string> load(const SendOptions& options);
  // Whether the device takes live frames: sends it one (to our own MAC address, EtherType 0x88b5, which is for local
  // experiments: IEEE 802) and sees what becomes of it. The error says why not.
  static tl::expected<void, std::string> probe(int interface_index, const addr::MacAddress& own);

  SendProgram(SendProgram&&) noexcept;
  SendProgram& operator=(SendProgram&&) noexcept;
  ~SendProgram();

  // Sends until interrupt(): to be called by a thread of its own, already where it is to stay. Returns the error.
  tl::expected<void, std::string> run();
  // Makes run() return within 10 ms. Any thread.
  void interrupt();

  // The rest is for the controlling thread, while run() runs or before.
  void begin(const SendPass& pass);
  // The router of a stretch has this MAC address. Before run().
  void set_next_hop(size_t stretch, const addr::MacAddress& mac);
  // Only positions below `end` may be taken (0 at first; it may not fall in one pass).
  void allow(uint64_t end);
  // Thousandths of a packet a second; 0: as fast as it goes. Arrears are made up as pace::Pacer does: 100 ms of them at
  // most, an eighth faster, a millisecond's worth at once.
  void set_rate(uint64_t millis_per_second);
  // `frames` more have been sent by others at this rate.
  void charge(uint64_t frames);
  // Takes no positions while it is held, and makes up none of the time afterwards.
  void hold(bool held);
  // Stands still while this many bytes of results wait in the ring `ring_fd` (a BPF ring buffer); 0: never.
  tl::expected<void, std::string> hold_when(int ring_fd, uint64_t bytes);

  uint64_t size() const;      // positions of the slice
  uint64_t position() const;  // the next one of this pass
  // Every position below position() was sent, left, skipped or refused.
  bool settled() const;
  // Takes positions that were left to the caller; how many.
  size_t take_left(std::span<uint64_t> positions);
  // When the position was sent, as precisely as the rate needs for round-trip times (64 frames at most, or 20 us),
  // while it is among the recent ones; monotonic time.
  std::optional<base::Nanos> sent_at(uint64_t position) const;
  // Not to be asked again. REQUIRES: options.retries; index < targets->size().
  void mark_answered(uint64_t index);
  SendCounts counts() const;

  int program_fd() const;  // for measurements and tests; stays ours

 private:
  struct State;
  explicit SendProgram(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace portolan::xdp
