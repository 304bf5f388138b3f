// SPDX-License-Identifier: Apache-2.0
// measure(): how much one sending loop gets across while nothing else of the program runs. For bench/limits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "far_side.h"

namespace portolan::bench {

struct Options {
  std::string near, far;  // the ends of a veth pair
  std::string way;
  double seconds = 1, warm_up = 0.2;
  uint64_t most = 50'000'000;  // frames in all
  uint32_t batch = 64;         // frames a call
  int core = 0;                // of the sending thread
  std::vector<int> watched;    // open schedstat files (proc(5)) of kernel threads that do part of the work
};

// PROGRAM NEAR FAR WAY [--seconds S] [--warm-up S] [--most N] [--batch N] [--core N] [--watch-file FD]...
// Throws std::runtime_error.
Options parse(int argc, char** argv);

// A loop that sends until stop(), and what it has sent so far. An exception from it ends the measurement.
struct Loop {
  std::function<void()> run;
  std::function<void()> stop;
  std::function<uint64_t()> sent;
};

// Runs it in a thread on its core and prints an account of the middle part as JSON. The far side may be absent
// (nullptr): nothing is expected to arrive.
int measure(const Options& options, FarSide* far, const Loop& loop);

}  // namespace portolan::bench
