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
constexpr base::Nanos kAsMasscan = base::kSecond * 3 / 4;
constexpr base::Nanos kForPrograms = base::kSecond;
constexpr base::Nanos kEndless = 365 * 24 * 3'600 * base::kSecond;  // a longer wait is --wait forever

base::Nanos period(StatusForm form, bool terminal) {
  if (form == StatusForm::kNdjson) return kForPrograms;
  if (form == StatusForm::kMasscan) return kAsMasscan;
  return terminal ? kOnTerminal : kElsewhere;
}

std::string_view end_word(scan::Lane::End end) {
  if (end == scan::Lane::End::kComplete) return "complete";
  return end == scan::Lane::End::kStopped ? "stopped" : "failed";
}

}  // namespace

ScanStatus::ScanStatus(const scan::LaneGroup& lanes, const Tally& tally, const base::Clock& clock, Options options)
    : lanes_(lanes),
      tally_(tally),
      clock_(clock),
      options_(options),
      terminal_(isatty(STDERR_FILENO) == 1),
      begin_(clock.now()),
      next_(begin_ + period(options.form, terminal_)),
      last_time_(begin_),
      last_results_(total(tally.found())) {}

void ScanStatus::update(std::string_view state) {
  const base::Nanos now = clock_.now();
  if (options_.form == StatusForm::kNone || now < next_) return;
  next_ = now + period(options_.form, terminal_);
  print(facts(state, now));
}

void ScanStatus::finish() {
  if (options_.form == StatusForm::kNdjson) print(facts(end_word(lanes_.end()), clock_.now()));
  if (options_.form == StatusForm::kLine && terminal_) fmt::print(stderr, "\r\x1b[K");
  if (drawn_) fmt::print(stderr, "\n");
}

void ScanStatus::print(const StatusFacts& f) {
  if (options_.form == StatusForm::kNdjson) {
    fmt::print(stderr, "{}\n", status_json(f));
  } else if (options_.form == StatusForm::kMasscan) {
    const std::string line = masscan_status_line(f);
    if (line.empty()) return;
    fmt::print(stderr, "{}\r", line);
    drawn_ = true;
  } else if (terminal_) {
    // Carriage return and "erase to the end of the line": the next line, or a result, takes its place.
    fmt::print(stderr, "\r{}\x1b[K", status_line(f));
  } else {
    fmt::print(stderr, "{}\n", status_line(f));
  }
  std::fflush(stderr);
}

StatusFacts ScanStatus::facts(std::string_view state, base::Nanos now) {
  StatusFacts f;
  f.state = state;
  if (lanes_.running() && lanes_.sending_done()) {
    f.state = "waiting";
    if (!waiting_since_) waiting_since_ = now;
    if (options_.wait < kEndless) f.wait_left = std::max<base::Nanos>(0, *waiting_since_ + options_.wait - now);
  }
  f.lane = options_.lane;
  f.wall = clock_.wall();
  f.elapsed = now - begin_;
  f.round = options_.round.value_or(0);
  f.progress = lanes_.progress();
  f.found = tally_.found();
  f.port = lanes_.port_stats();
  f.counters = lanes_.counters();

  const double passed = std::max(1e-9, seconds(now - last_time_));
  const auto per_second = [passed](uint64_t count, uint64_t& last) {
    const double rate = static_cast<double>(count - last) / passed;
    last = count;
    return rate;
  };
  f.frame_rate = per_second(f.port.sent, last_frames_);
  f.probe_rate = per_second(f.counters.scan[scan::Count::kProbes], last_probes_);
  f.result_rate = per_second(total(f.found), last_results_);
  last_time_ = now;
  return f;
}

}  // namespace portolan::cli
