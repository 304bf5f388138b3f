// SPDX-License-Identifier: Apache-2.0
// What the process behind the metrics endpoint does: a part of MetricsServer (metrics_server.h).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "portolan/metrics_page.h"

namespace portolan::cli {

struct MetricsChild {
  int listener = -1;  // bound and listening
  int ready = -1;     // one byte is written to it once the page can be read, or else the reason why not
  int parent = -1;    // at its end the child ends
  uid_t user = 0;     // to become, when it is root
  gid_t group = 0;
  std::span<const Metric> metrics{};
  const std::atomic<uint64_t>* values = nullptr;
  base::Nanos started_wall = 0;

  static constexpr char kReady = '+';

  // After fork(). Never returns.
  [[noreturn]] void run();

 private:
  void lower();
  void serve();
};

}  // namespace portolan::cli
