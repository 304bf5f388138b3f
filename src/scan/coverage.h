// SPDX-License-Identifier: Apache-2.0
// Coverage: how far a lane has come, told with a delay, to whoever writes it down while the lane goes on.
//
// A resumed scan may leave out what was sent long enough ago that its answers are in. So the lane notes, ten times a
// second, up to where all is done, and a reader asks for the newest note of a certain age. The notes are a ring of
// words that one thread writes and any reads, without a lock: the writer announces a note after it is written, and a
// reader takes back what may have been written over meanwhile. Notes reach kNotes * kSpacing back (102 s), and further
// when the lane stands still; who asks for more gets the beginning, which is always right.
// Not for progress as people see it: that has no delay (Progress).
// Threads: note() and end() belong to the lane; the rest to any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/clock.h"
#include "base/int128.h"

namespace portolan::scan {

// Passes before `pass` are done, and in `pass` every index of the part below `index`.
struct Covered {
  uint32_t pass = 0;
  base::u128 index = 0;

  bool operator==(const Covered&) const = default;
  bool is_before(const Covered& o) const { return pass != o.pass ? pass < o.pass : index < o.index; }
};

class Coverage {
 public:
  static constexpr base::Nanos kSpacing = 100 * base::kMillisecond;
  static constexpr uint64_t kNotes = 1024;

  explicit Coverage(const Covered& beginning) : beginning_(beginning), last_(beginning) {}

  // Everything before `place` is done by now. REQUIRES: places and times never decrease. Cheap when called often.
  void note(const Covered& place, base::Nanos now) {
    const bool soon = place.pass == last_.pass && now - last_time_ < kSpacing && written_ != 0;
    if (soon || place == last_) return;
    write(place, now);
  }

  // The lane takes in no more answers. `waited`: it listened for as long as it was told to, so that all that it did is
  // as good as old.
  void end(const Covered& place, bool waited, base::Nanos now);

  Covered at_least(base::Nanos lag, base::Nanos now) const;

 private:
  struct Note {
    std::atomic<base::Nanos> time{0};
    std::atomic<uint64_t> pass{0}, high{0}, low{0};
  };

  void write(const Covered& place, base::Nanos now);
  std::optional<Covered> read(uint64_t number, base::Nanos by) const;

  const Covered beginning_;
  Covered last_;  // of the lane
  base::Nanos last_time_ = 0;
  uint64_t written_ = 0;

  std::atomic<uint64_t> announced_{0};
  std::atomic<bool> waited_{false};
  std::atomic<base::Nanos> ended_{std::numeric_limits<base::Nanos>::max()};
  std::array<Note, kNotes> notes_;
};

}  // namespace portolan::scan
