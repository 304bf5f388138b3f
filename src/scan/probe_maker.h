// SPDX-License-Identifier: Apache-2.0
// ProbeMaker: positions of the order in, queued frames out. The Sender decides which positions and when.
//
// Position -> index -> target -> path -> cookie -> stamp, a burst at a time and a stage at a time; an even burst in
// columns (even_burst.h), any other as below. What needs no frame
// is counted and gone: a target that has answered (after pass 0), a local broadcast address, a neighbour that was given
// up. What needs a MAC address that is still being asked for goes to the deferred list. Allocates nothing but neighbour
// entries of the local link. Not thread-safe: the lane's.
#pragma once

#include <array>
#include <span>

#include "addr/target.h"
#include "base/column.h"
#include "scan/even_burst.h"
#include "scan/frame_burst.h"
#include "scan/state.h"
#include "wire/cookie.h"

namespace portolan::scan {

class ProbeMaker {
 public:
  static constexpr size_t kBurst = FrameBurst::kCapacity;

  struct Made {
    size_t positions = 0;  // dealt with, from the front; all, unless no more probes can wait for neighbours
    size_t probes = 0;     // of these, put into the burst, and counted
  };

  // REQUIRES: both outlive the maker.
  ProbeMaker(LaneState& state, FrameBurst& burst) : state_(state), burst_(burst), even_(state, burst) {}

  // Probes are of this pass from now on: each takes the port after the one that the pass before took.
  void begin_pass(uint32_t pass) { pass_offset_ = pass % state_.share.ports.size(); }

  // The positions first, first + 1, ... of the shard. REQUIRES: count <= burst.room(), all below the shard's size.
  Made make(base::u128 first, size_t count, base::Nanos now);
  // Any positions, in this order. REQUIRES: as above.
  Made make(std::span<const base::u128> positions, base::Nanos now);

  // A probe whose neighbour has been found; counted. REQUIRES: burst.room() > 0.
  void make(const DeferredProbe& waited);

 private:
  Made make_narrow(size_t count, base::Nanos now);
  Made make_wide(size_t count, base::Nanos now);
  Made make_each(size_t count, base::Nanos now);
  bool make_one(size_t i, base::Nanos now);
  void queue(const Origin& origin, const addr::Target& target, const wire::Cookie& cookie, const addr::MacAddress& mac);
  void count(size_t probes);
  base::u128 position_of(size_t i) const { return which_.empty() ? first_ + i : which_[i]; }

  LaneState& state_;
  FrameBurst& burst_;
  EvenBurst even_;
  uint32_t pass_offset_ = 0;  // pass mod the number of our ports

  base::u128 first_ = 0;  // the positions of the burst in work: these from the first on, or which_
  std::span<const base::u128> which_;

  // The burst in work: structure of arrays, so that each step is one tight loop.
  base::Column words_{};  // the indexes, when they are that narrow
  std::array<base::u128, kBurst> indexes_{};
  std::array<addr::Target, kBurst> targets_{};
  std::array<Origin, kBurst> origins_{};
  std::array<wire::CookieQuery, kBurst> queries_{};
  std::array<wire::Cookie, kBurst> cookies_{};
};

}  // namespace portolan::scan
