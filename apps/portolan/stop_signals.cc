// SPDX-License-Identifier: Apache-2.0
#include "portolan/stop_signals.h"

#include <atomic>

namespace portolan::cli {
namespace {

std::atomic<scan::LaneGroup*> g_lanes{nullptr};  // a handler is given nothing else to find it by

void on_signal(int) {
  if (scan::LaneGroup* lanes = g_lanes.load()) lanes->request_stop();
}

}  // namespace

StopSignals::StopSignals(scan::LaneGroup& lanes) {
  g_lanes.store(&lanes);
  struct sigaction stop = {};
  stop.sa_handler = on_signal;
  sigaction(SIGINT, &stop, &before_int_);
  sigaction(SIGTERM, &stop, &before_term_);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before_pipe_);
}

StopSignals::~StopSignals() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
  sigaction(SIGPIPE, &before_pipe_, nullptr);
  g_lanes.store(nullptr);
}

}  // namespace portolan::cli
