// SPDX-License-Identifier: Apache-2.0
// RespondSignals: while one lives, SIGINT and SIGTERM raise a stop flag, SIGHUP a flag of its own, and SIGPIPE is
// ignored (a reader that leaves is an error of its output). Restores what was before. One at a time a process.
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace portolan::cli {

class RespondSignals {
 public:
  // REQUIRES: stop outlives this.
  explicit RespondSignals(std::atomic<bool>& stop);
  ~RespondSignals();
  RespondSignals(const RespondSignals&) = delete;
  RespondSignals& operator=(const RespondSignals&) = delete;

  // Whether SIGHUP has come since the last call.
  static bool take_reload();

 private:
  std::array<struct sigaction, 4> before_{};
};

}  // namespace portolan::cli
