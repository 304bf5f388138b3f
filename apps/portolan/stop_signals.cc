// SPDX-License-Identifier: Apache-2.0
#include "portolan/stop_signals.h"

#include <atomic>

namespace portolan::cli {
namespace {

// A handler is given nothing else to find them by.
std::atomic<scan::LaneGroup*> g_lanes{nullptr};
std::atomic<int> g_rate_steps{0};
std::atomic<bool> g_asked{false};

void on_stop(int) {
  g_asked.store(true);
  if (scan::LaneGroup* lanes = g_lanes.load()) lanes->request_stop();
}

void on_rate(int signal) { g_rate_steps.fetch_add(signal == SIGUSR1 ? 1 : -1); }

void (*handler_of(int signal))(int) {
  if (signal == SIGPIPE) return SIG_IGN;
  return signal == SIGUSR1 || signal == SIGUSR2 ? on_rate : on_stop;
}

}  // namespace

StopSignals::StopSignals() {
  g_asked.store(false);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction action = {};
    action.sa_handler = handler_of(kSignals[i]);
    sigaction(kSignals[i], &action, &before_[i]);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  g_lanes.store(nullptr);
}

void StopSignals::attach(scan::LaneGroup* lanes) {
  g_lanes.store(lanes);
  if (lanes != nullptr && asked()) lanes->request_stop();
}

bool StopSignals::asked() const { return g_asked.load(); }

int StopSignals::take_rate_steps() { return g_rate_steps.exchange(0); }

}  // namespace portolan::cli
