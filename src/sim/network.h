// SPDX-License-Identifier: Apache-2.0
// Network: the far side of a scan, in memory and in virtual time.
//
// It stands at the other end of a pair port, reads every probe with the wire room's checked views, notes when each
// target was asked (the ground truth of coverage), and answers as a behaviour function says, after a delay and with
// seeded loss. For tests, benchmarks and the demo only. Single-threaded; deterministic for a given seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "addr/target.h"
#include "base/clock.h"
#include "base/random.h"
#include "pktio/port.h"
#include "wire/frame_view.h"

namespace portolan::sim {

// What one host does with one question.
struct Answer {
  enum class Kind : uint8_t {
    kSilence,
    kPositive,  // SYN-ACK, echo reply, INIT ACK, ARP reply, advertisement, a UDP datagram (the payload sent back)
    kNegative,  // RST, ABORT, port unreachable (UDP), protocol unreachable (IP)
    kIcmp,      // an ICMP(v6) error of the type and code below
  };
  Kind kind = Kind::kSilence;
  uint8_t icmp_type = 3;
  uint8_t icmp_code = 13;
  int copies = 1;
  std::optional<addr::IpAddress> responder = {};  // of an ICMP error; default the target itself
};

// A frame as built for the scanner, and room to spoil it.
using Forgery = std::function<void(const wire::FrameView& probe, const addr::Target& target,
                                   const std::function<void(std::vector<uint8_t>)>& send)>;

struct NetworkOptions {
  std::function<Answer(const addr::Target&)> behaviour;  // also asked for arp and ndp
  base::Nanos delay = 20 * base::kMillisecond;           // from probe to answer
  double probe_loss = 0;                                 // share of probes that never arrive
  double answer_loss = 0;
  uint64_t seed = 1;
  Forgery forge;  // sees every probe that arrives, and may send frames of its own
};

class Network {
 public:
  // REQUIRES: port and clock outlive it.
  Network(pktio::Port& port, const base::VirtualClock& clock, NetworkOptions options);

  // Takes what has arrived and delivers what is due. True when there was anything.
  bool step();
  // When the next answer is due; nullopt: none is under way.
  std::optional<base::Nanos> next() const;

  // Every target that was asked, and when, in order.
  const std::map<addr::Target, std::vector<base::Nanos>>& asked() const { return asked_; }
  // Segments with RST that the scanner sent.
  uint64_t resets_seen() const { return resets_; }
  // Frames that the wire room refused: a scanner must not send any.
  uint64_t malformed_seen() const { return malformed_; }

  static addr::MacAddress mac_of(const addr::IpAddress& a);

 private:
  struct Delivery {
    base::Nanos when;
    uint64_t order;  // keeps equal times in the order of sending
    std::vector<uint8_t> frame;
    bool operator>(const Delivery& o) const { return when != o.when ? when > o.when : order > o.order; }
  };

  void on_frame(base::Bytes bytes);
  void answer(const wire::FrameView& probe, const addr::Target& target);
  void schedule(std::vector<uint8_t> frame);
  bool lost(double share);

  pktio::Port& port_;
  const base::VirtualClock& clock_;
  NetworkOptions options_;
  base::SplitMix64 random_;
  base::Bytes packet_;  // the probe in work, from its IP header on
  std::map<addr::Target, std::vector<base::Nanos>> asked_;
  std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>> under_way_;
  uint64_t order_ = 0;
  uint64_t resets_ = 0;
  uint64_t malformed_ = 0;
};

}  // namespace portolan::sim
