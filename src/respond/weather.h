// SPDX-License-Identifier: Apache-2.0
// Weather: what a simulated network does to the responder's answers: loses, doubles, delays and reorders them, and lets
// hosts repeat their SYN-ACKs. For laboratories; without it Exit sends at once.
//
// Chance is drawn from a seeded generator, so a run in virtual time is the same every time. Delayed frames are kept in
// a store of fixed size, taken at construction; what it has no room for is counted and not sent. Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"

namespace portolan::respond {

struct WeatherOptions {
  static constexpr uint64_t kWhole = uint64_t{1} << 32;  // shares are fractions of it
  uint64_t loss_in = 0;
  uint64_t loss_out = 0;
  uint64_t duplicate = 0;
  uint64_t reorder = 0;  // share of answers that are held back by one more longest delay
  base::Nanos delay_least = 0;
  base::Nanos delay_most = 0;   // evenly distributed between the two
  uint8_t syn_ack_repeats = 0;  // further SYN-ACKs after 1, 3, 7, 15 ... seconds
  uint64_t seed = 1;
  uint32_t held_frames = 1 << 15;  // delayed frames at most

  bool is_calm() const {
    return loss_in == 0 && loss_out == 0 && duplicate == 0 && reorder == 0 && delay_most == 0 && syn_ack_repeats == 0;
  }
  bool holds() const { return reorder != 0 || delay_most != 0 || syn_ack_repeats != 0; }
};

class Weather {
 public:
  static constexpr size_t kMostFrame = 1536;  // bytes of a delayed frame

  explicit Weather(const WeatherOptions& options);

  const WeatherOptions& options() const { return options_; }
  bool loses_in() { return happens(options_.loss_in); }
  bool loses_out() { return happens(options_.loss_out); }
  bool doubles() { return happens(options_.duplicate); }
  base::Nanos delay();  // of the next answer

  // Keeps a copy until `when`. False when there is no room for it.
  bool hold(base::Bytes frame, base::Nanos when, uint8_t kind);
  struct Held {
    base::Bytes frame;  // valid until the next hold()
    uint8_t kind;
  };
  // The next frame that is due, if any.
  std::optional<Held> take(base::Nanos now);
  std::optional<base::Nanos> next() const;
  size_t held() const { return heap_.size(); }

 private:
  struct Entry {
    base::Nanos when;
    uint64_t order;  // equal times leave in the order of holding
    uint32_t slot;
    uint16_t length;
    uint8_t kind;
    bool operator>(const Entry& o) const { return when != o.when ? when > o.when : order > o.order; }
  };
  bool happens(uint64_t share) { return share != 0 && (random_.next() >> 32) < share; }

  WeatherOptions options_;
  base::SplitMix64 random_;
  std::unique_ptr<uint8_t[]> store_;  // held_frames slots; pages come when they are used
  std::vector<uint32_t> free_;
  std::vector<Entry> heap_;  // never above its reserved size
  uint64_t order_ = 0;
};

}  // namespace portolan::respond
