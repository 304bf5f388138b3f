// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "portolan/status_text.h"

namespace portolan::cli {
namespace {

constexpr base::Nanos kOnTerminal = base::kSecond / 4;
constexpr base::Nanos kElsewhere = 10 * base::kSecond;

}  // namespace

ScanStatus::ScanStatus(const scan::LaneGroup& lanes, const Tally& tally, const base::Clock& clock,
                       std::string_view lane, bool wanted)
    : lanes_(lanes),
      tally_(tally),
      clock_(clock),
      lane_(lane),
      wanted_(wanted),
      terminal_(isatty(STDERR_FILENO) == 1),
      begin_(clock.now()),
      next_(begin_ + (terminal_ ? kOnTerminal : kElsewhere)),
      last_time_(begin_) {}

void ScanStatus::update() {
  const base::Nanos now = clock_.now();
  if (!wanted_ || now < next_) return;
  next_ = now + (terminal_ ? kOnTerminal : kElsewhere);
  const std::string text = line(now);
  // Carriage return and "erase to the end of the line": the next line, or a result, takes its place.
  if (terminal_) {
    fmt::print(stderr, "\r{}\x1b[K", text);
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

void ScanStatus::clear() {
  if (wanted_ && terminal_) fmt::print(stderr, "\r\x1b[K");
}

std::string ScanStatus::line(base::Nanos now) {
  const scan::Progress p = lanes_.progress();
  const pktio::PortStats stats = lanes_.port_stats();
  const double rate = static_cast<double>(stats.sent - last_sent_) / std::max(1e-9, seconds(now - last_time_));
  last_sent_ = stats.sent;
  last_time_ = now;
  std::string text = fmt::format("{:5.1f}%  {}  {}", p.fraction * 100, rate_text(rate), lane_);
  if (p.pass != 0) text += fmt::format("  pass {}", p.pass + 1);
  if (lanes_.sending_done()) {
    text += "  waiting for late answers";
  } else if (p.fraction > 0 && now - begin_ > base::kSecond) {
    text += fmt::format("  {} left", duration_text(seconds(now - begin_) * (1 - p.fraction) / p.fraction));
  }
  return text + fmt::format("  found {}  drops {}", tally_.found(), stats.receive_dropped);
}

}  // namespace portolan::cli
