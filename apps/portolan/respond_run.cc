// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_run.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "portolan/errors.h"
#include "portolan/respond_numbers.h"
#include "portolan/respond_rules.h"
#include "portolan/respond_signals.h"

namespace portolan::cli {
namespace {

constexpr size_t kBurst = 256;
constexpr base::Nanos kMetricsEvery = base::kSecond / 4;
constexpr base::Nanos kLongestWait = 100 * base::kMillisecond;  // until a stop is noticed

}  // namespace

RespondRun::~RespondRun() = default;

int RespondRun::run() {
  const RespondSignals signals(stop_);
  announce();  // now a signal does what it should
  journal_->start();
  status_.emplace(clock_, request_.status);
  std::atomic<bool> done{false};
  std::thread packets([&] {
    serve();
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const base::Nanos now = clock_.now();
    if (request_.duration && now - started_ >= *request_.duration) stop_.store(true, std::memory_order_relaxed);
    if (RespondSignals::take_reload()) reload_rules();
    show_numbers(now);
  }
  packets.join();
  return report();
}

void RespondRun::serve() {
  std::array<pollfd, 2> ready{{{port_->wait_fd(), POLLIN, 0}, {engine_->stream_fd(), POLLIN, 0}}};
  base::Nanos next = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    take_orders();
    const std::span<const pktio::RxFrame> frames = port_->receive(kBurst);
    base::Nanos now = clock_.now();
    for (const pktio::RxFrame& frame : frames) engine_->on_frame(frame, now);
    if (now >= next || !frames.empty()) {
      engine_->on_time(now, clock_.wall());
      next = engine_->next_deadline();
    }
    if (engine_->stream_fd() >= 0) engine_->on_streams(now, clock_.wall());
    engine_->flush();
    if (!frames.empty()) continue;
    now = clock_.now();
    const base::Nanos wait = std::clamp<base::Nanos>(next - now, 0, kLongestWait);
    const timespec limit{0, wait};
    ppoll(ready.data(), ready.size(), &limit, nullptr);
  }
  engine_->shut_down(clock_.now(), clock_.wall());
}

void RespondRun::take_orders() {
  if (fast_ && engine_->syn_keys().epoch != fast_epoch_) {
    fast_->set_keys(engine_->syn_keys());
    fast_epoch_ = engine_->syn_keys().epoch;
  }
  const std::unique_lock lock(orders_, std::try_to_lock);
  if (!lock || !has_new_rules_) return;
  engine_->use_rules(std::move(new_rules_));
  has_new_rules_ = false;
}

void RespondRun::reload_rules() {
  if (request_.rules_path.empty()) return;
  try {
    auto rules = load_rules(request_.rules_path);
    fmt::print(stderr, "{} rules read from {}\n", rules->size(), request_.rules_path);
    const std::lock_guard lock(orders_);
    new_rules_ = std::move(rules);
    has_new_rules_ = true;
  } catch (const Refusal& refusal) {
    print_error(refusal.error());
    fmt::print(stderr, "the old rules stay in force\n");
  }
}

int RespondRun::report() {
  journal_->stop();
  if (status_) status_->clear();
  const auto names = respond_number_names();
  const auto values = numbers();
  for (size_t i = 0; i < names.size(); ++i) {
    if (values[i] != 0) fmt::print(stderr, "  {:<28}{:>14}\n", names[i], values[i]);
  }
  bool ok = true;
  for (const auto& sink : sinks_) {
    if (sink->error().empty()) continue;
    print_error({"records were lost: " + sink->error(), {}, {}});
    ok = false;
  }
  return ok ? kOk : kFailed;
}

std::vector<uint64_t> RespondRun::numbers() const {
  std::optional<xdp::FastCounts> fast;
  if (fast_) fast = fast_->counters();
  return respond_number_values(*engine_, port_->stats(), journal_->counters(), fast ? &*fast : nullptr);
}

void RespondRun::show_numbers(base::Nanos now) {
  if (status_ && status_->due()) status_->update(totals());
  if (!metrics_ || now < next_metrics_) return;
  next_metrics_ = now + kMetricsEvery;
  const auto all = numbers();
  for (size_t i = 0; i < all.size() && i < metrics_->size(); ++i) metrics_->set(i, all[i]);
}

RespondTotals RespondRun::totals() const {
  using output::JournalCount;
  using respond::Count;
  const auto& c = engine_->counters().respond;
  const auto& told = journal_->counters();
  const pktio::PortStats port = port_->stats();
  return {.frames_in = c[Count::kReceived],
          .frames_out = port.sent,
          .contacts = told[JournalCount::kContacts] + told[JournalCount::kContactsLost],
          .talking = engine_->conversations(),
          .rationed = c[Count::kRateLimited] + c[Count::kAmplification] + c[Count::kLoop] + c[Count::kCapped],
          .dropped = port.receive_dropped + port.send_refused,
          .lost = told[JournalCount::kContactsLost] + told[JournalCount::kConversationsLost] +
                  told[JournalCount::kFramesLost]};
}

}  // namespace portolan::cli
