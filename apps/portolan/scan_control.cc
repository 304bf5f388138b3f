// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_control.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <thread>
#include <variant>

#include "addr/grammar.h"
#include "output/json.h"
#include "portolan/commands.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kDone = R"({"ok":true})";
constexpr auto kLook = std::chrono::milliseconds(2);
constexpr int kMostLooks = 1000;

std::string refusal(std::string_view why) {
  std::string out = R"({"ok":false,"error":)";
  output::append_json_string(out, why);
  return out + "}";
}

// A whole list or none of it.
tl::expected<std::vector<scan::AddressRange>, std::string> ranges_of(const std::vector<std::string>& words) {
  std::vector<scan::AddressRange> ranges;
  for (size_t i = 1; i < words.size(); ++i) {
    const auto items = addr::parse_targets(words[i]);
    if (!items) return tl::unexpected(items.error().to_string());
    for (const addr::TargetItem& item : *items) {
      const auto* range = std::get_if<addr::AddressRange>(&item);
      if (range == nullptr) return tl::unexpected(addr::to_string(item) + " is not an address, range or prefix");
      ranges.push_back({range->first, range->last});
    }
  }
  return ranges;
}

}  // namespace

void ScanControl::attach(scan::LaneGroup* lanes) {
  const std::lock_guard lock(mutex_);
  lanes_ = lanes;
  if (lanes_ == nullptr) return;
  rate_ ? lanes_->set_rate(*rate_) : lanes_->listen_only();
  if (paused_) lanes_->pause(true);
}

std::string ScanControl::answer(const std::vector<std::string>& words) {
  const std::lock_guard lock(mutex_);
  if (words.empty()) return refusal("nothing was asked");
  const std::string& order = words[0];
  if (lanes_ == nullptr) return refusal("the scan is about to begin, between two rounds, or at its end: ask again");
  if (order == "status") return status();
  if (order == "rate" && words.size() == 2) return set_rate(words[1]);
  if (order == "pause" || order == "continue") return pause(order == "pause");
  if (order == "exclude" && words.size() > 1) return exclude(words);
  if (order == "stop") return stop();
  return refusal(fmt::format("'{}' is not understood: status, rate, pause, continue, exclude or stop", order));
}

std::string ScanControl::status() {
  const scan::Progress progress = lanes_->progress();
  const pktio::PortStats stats = lanes_->port_stats();
  const bool waiting = lanes_->sending_done();
  const std::string_view state = waiting ? "waiting" : state_now();
  return fmt::format(
      R"({{"ok":true,"program":"portolan {}","state":"{}","percent":{:.2f},"pass":{},"rate":"{}","sent":{},)"
      R"("received":{},"kernel_dropped":{},"found":"{}","seconds":{:.1f}}})",
      kVersion, state, progress.fraction * 100, progress.pass + 1, rate_ ? rate_->to_string() : "0", stats.sent,
      stats.received, stats.receive_dropped, to_text(tally_.found()),
      static_cast<double>(clock_.now() - began_) / static_cast<double>(base::kSecond));
}

std::string ScanControl::set_rate(const std::string& text) {
  if (text == "0") {
    rate_.reset();
    lanes_->listen_only();
    return std::string(kDone);
  }
  const auto rate = pace::Rate::parse(text);
  if (!rate) return refusal(rate.error());
  rate_ = *rate;
  lanes_->set_rate(*rate);
  return std::string(kDone);
}

std::string ScanControl::pause(bool paused) {
  paused_ = paused;
  lanes_->pause(paused);
  return std::string(kDone);
}

// Answered when no further probe leaves for there.
std::string ScanControl::exclude(const std::vector<std::string>& words) {
  const auto ranges = ranges_of(words);
  if (!ranges) return refusal(ranges.error());
  if (auto done = lanes_->exclude(*ranges); !done) return refusal(done.error());
  excluded_.insert(excluded_.end(), words.begin() + 1, words.end());
  ranges_.insert(ranges_.end(), ranges->begin(), ranges->end());
  for (int look = 0; look < kMostLooks; ++look) {
    if (lanes_->exclusions_in_force() || !lanes_->running()) return std::string(kDone);
    std::this_thread::sleep_for(kLook);
  }
  return refusal("the exclusion was taken, but a lane has not confirmed it yet");
}

std::string ScanControl::stop() {
  stopped_ = true;
  lanes_->request_stop();
  return std::string(kDone);
}

void ScanControl::step_rate(int steps) {
  const std::lock_guard lock(mutex_);
  if (steps == 0 || lanes_ == nullptr || !rate_ || rate_->is_unlimited()) return;
  rate_ = pace::Rate::per_second(rate_->per_second() * std::pow(1.25, steps));
  lanes_->set_rate(*rate_);
}

std::vector<std::string> ScanControl::excluded() const {
  const std::lock_guard lock(mutex_);
  return excluded_;
}

std::string_view ScanControl::state_now() const { return paused_ ? "paused" : !rate_ ? "listening" : "running"; }

std::string_view ScanControl::state() const {
  const std::lock_guard lock(mutex_);
  return state_now();
}

bool ScanControl::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace portolan::cli
