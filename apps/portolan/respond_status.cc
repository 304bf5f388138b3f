// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "portolan/status_text.h"

namespace portolan::cli {
namespace {

std::string rate(uint64_t now, uint64_t before, base::Nanos elapsed) {
  return rate_text(static_cast<double>(now - std::min(before, now)) / std::max(1e-9, seconds(elapsed)));
}

}  // namespace

std::string respond_status_line(const RespondTotals& now, const RespondTotals& before, base::Nanos elapsed,
                                base::Nanos uptime) {
  std::string line =
      fmt::format("in {}  out {}  contacts {}  talking {}  rationed {}", rate(now.frames_in, before.frames_in, elapsed),
                  rate(now.frames_out, before.frames_out, elapsed), now.contacts, now.talking, now.rationed);
  if (now.dropped != 0) line += fmt::format("  dropped {}", now.dropped);
  if (now.lost != 0) line += fmt::format("  lost {}", now.lost);
  return line + fmt::format("  up {}", duration_text(seconds(uptime)));
}

RespondStatus::RespondStatus(const base::Clock& clock, bool wanted)
    : clock_(clock),
      wanted_(wanted && isatty(STDERR_FILENO) == 1),
      begin_(clock.now()),
      next_(begin_ + kEvery),
      last_time_(begin_) {}

void RespondStatus::update(const RespondTotals& totals) {
  if (!due()) return;
  const base::Nanos now = clock_.now();
  // Carriage return and "erase to the end of the line": the next line takes its place.
  fmt::print(stderr, "\r{}\x1b[K", respond_status_line(totals, last_, now - last_time_, now - begin_));
  std::fflush(stderr);
  last_ = totals;
  last_time_ = now;
  next_ = now + kEvery;
}

void RespondStatus::clear() const {
  if (wanted_) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace portolan::cli
