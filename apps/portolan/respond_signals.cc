// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_signals.h"

namespace portolan::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

std::atomic<std::atomic<bool>*> stop_flag{nullptr};
std::atomic<bool> reload_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");

void on_signal(int which) {
  if (which == SIGHUP) {
    reload_flag.store(true, std::memory_order_relaxed);
  } else if (std::atomic<bool>* const stop = stop_flag.load(std::memory_order_relaxed)) {
    stop->store(true, std::memory_order_relaxed);
  }
}

}  // namespace

RespondSignals::RespondSignals(std::atomic<bool>& stop) {
  stop_flag.store(&stop);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : on_signal;
    sigaction(kSignals[i], &action, &before_[i]);
  }
}

RespondSignals::~RespondSignals() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  stop_flag.store(nullptr);
}

bool RespondSignals::take_reload() { return reload_flag.exchange(false); }

}  // namespace portolan::cli
