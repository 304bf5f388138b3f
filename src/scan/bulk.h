// SPDX-License-Identifier: Apache-2.0
// Bulk: what does a lane's packet work for it, in large, while the lane keeps the brain: the kernel lane is one.
//
// A BulkSender is given a pass and sends its positions by itself; the sender follows it, resolves routers before, asks
// what it leaves over (neighbours on the link, probes that are no template's), and decides when a pass begins and ends.
// A BulkReceiver judges plain answers by itself and hands over what they claim; the receiver deduplicates, times and
// reports them, and judges the frames that come by the lane's ports as ever.
//
// Positions are the lane's: of its shard, from 0. Threads: the lane's, but for what an implementation runs by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "addr/ip_address.h"
#include "base/clock.h"
#include "base/int128.h"
#include "pace/rate.h"
#include "xdp/catch_shared.h"

namespace portolan::scan {

class Egress;

// Since the beginning, all passes. positions = sent + refused + left + skipped_answered, once it is settled.
struct BulkSent {
  uint64_t positions = 0;  // taken
  uint64_t sent = 0;       // frames that the device took
  uint64_t sent_bytes = 0;
  uint64_t refused = 0;  // frames that it refused for good
  uint64_t again = 0;    // times that a full device queue made it send a frame again
  uint64_t left = 0;
  uint64_t skipped_answered = 0;
};

// From position `first` on; those before it are done.
struct BulkPass {
  uint32_t port_offset = 0;  // the pass's number modulo that of our ports
  base::u128 first = 0;
  bool skips_answered = false;  // leaves out whom mark_answered() named: after the first pass, and when a scan resumes
};

class BulkSender {
 public:
  virtual ~BulkSender() = default;

  // The routers' MAC addresses are known. Called once, before the first pass.
  virtual void start(const Egress& egress) = 0;
  // Begins a pass; nothing is allowed yet. REQUIRES: the one before is settled.
  virtual void begin(const BulkPass& pass) = 0;
  // Positions below `end` may be sent. It does not fall within a pass.
  virtual void allow(base::u128 end) = 0;
  // Every position below it was sent (or is about to be), left, skipped or refused.
  virtual base::u128 position() const = 0;
  // Nothing of what was taken is still on its way out.
  virtual bool settled() const = 0;
  // Positions that it leaves to the lane, each once; how many.
  virtual size_t take_left(std::span<base::u128> positions) = 0;
  // When a position of this pass was sent, monotonic; while it is known.
  virtual std::optional<base::Nanos> sent_at(base::u128 position) const = 0;
  // Not to be asked again, by the target's index.
  virtual void mark_answered(base::u128 index) = 0;
  // From now on; a hold earns no arrears. Before the first pass too.
  virtual void set_rate(pace::Rate rate) = 0;
  virtual void hold(bool held) = 0;
  // Other frames of ours that count against the rate.
  virtual void charge(uint64_t frames) = 0;
  virtual BulkSent sent() const = 0;
  // Sends no more; when it returns, sent() is final.
  virtual void stop() = 0;
  virtual std::string error() const = 0;  // not empty: it cannot go on
};

// Frames that the receiver took, by what became of them.
struct BulkReceived {
  uint64_t recorded = 0;  // handed over, or about to be
  uint64_t again = 0;     // proper answers of targets that had answered
  uint64_t bad_cookie = 0;
  uint64_t bad_source_port = 0;
  uint64_t malformed_ipv4 = 0, malformed_tcp = 0, malformed_icmpv4 = 0, malformed_icmpv6 = 0;  // wrong checksums
  uint64_t dropped = 0;  // lost because there was no room for them
  uint64_t resets = 0;   // frames sent
  uint64_t reset_bytes = 0;
};

class BulkReceiver {
 public:
  virtual ~BulkReceiver() = default;

  // Answers that proved themselves, oldest first; valid until the next call. Empty: none now.
  virtual std::span<const xdp::Caught> poll(size_t most) = 0;
  // The address of ours that Caught::own means.
  virtual addr::IpAddress own(uint16_t number) const = 0;
  virtual BulkReceived received() const = 0;
  virtual int wait_fd() const = 0;  // as pktio::Port's
};

// Why a scan whose sender works in bulk takes no exclusions after it was made (Plan::late_exclusions).
inline constexpr std::string_view kBulkHasItsTargets =
    "the lane xdp keeps the targets that it was made with: exclude addresses while it runs with --lane packet";
// Why a scan whose answers are taken in bulk has no list of source ports.
inline constexpr std::string_view kBulkTakesOneRange = "it takes one range of source ports, and they are a list";

// Either may be absent. Not owned.
struct Bulk {
  BulkSender* sender = nullptr;
  BulkReceiver* receiver = nullptr;
};

}  // namespace portolan::scan
