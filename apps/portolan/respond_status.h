// SPDX-License-Identifier: Apache-2.0
// RespondStatus: how the responder is doing, on standard error: a line that is redrawn every second, on a terminal
// only; elsewhere the metrics and the logs tell it. The main thread's.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace portolan::cli {

// Counts since the start, but for `talking`.
struct RespondTotals {
  uint64_t frames_in = 0;
  uint64_t frames_out = 0;
  uint64_t contacts = 0;
  uint64_t talking = 0;   // conversations alive
  uint64_t rationed = 0;  // answers that a limit forbade
  uint64_t dropped = 0;   // frames that the kernel lost before we saw them, or would not send
  uint64_t lost = 0;      // records for which the logs had no room
};

// "in 12.0 k/s  out 11.9 k/s  contacts 1204  talking 17  rationed 3  up 0:12:05"; dropped and lost only when there are
// any. `before` is what there was `elapsed` ago.
std::string respond_status_line(const RespondTotals& now, const RespondTotals& before, base::Nanos elapsed,
                                base::Nanos uptime);

class RespondStatus {
 public:
  static constexpr base::Nanos kEvery = base::kSecond;

  RespondStatus(const base::Clock& clock, bool wanted);

  // Whether it is time to: then the totals are worth adding up.
  bool due() const { return wanted_ && clock_.now() >= next_; }
  // Prints when it is due.
  void update(const RespondTotals& totals);
  // Takes the line off the terminal.
  void clear() const;

 private:
  const base::Clock& clock_;
  bool wanted_;
  base::Nanos begin_;
  base::Nanos next_;
  base::Nanos last_time_;
  RespondTotals last_{};
};

}  // namespace portolan::cli
