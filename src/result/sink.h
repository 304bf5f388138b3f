// SPDX-License-Identifier: Apache-2.0
// Sink: where facts go. Every writer of every format is one, and so is the store.
//
// Contract: begin() once with the manifest, write() and banner() any number of times, tick() now and then (about ten
// times a second), sync() before a checkpoint, end() once with the summary. All calls come from one thread, the writer.
// A sink owns what it needs and is valid on disk after every tick(): records that were written before it are in the
// file, whole. A failure is kept (error()) and never thrown: the scan goes on, and the program ends with an error
// status and says which file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "result/banner.h"
#include "result/observation.h"

namespace portolan::result {

// What was asked and with what: enough to run the same scan again. Written to the formats that have room for it.
struct RunManifest {
  std::string program;  // "portolan 0.1.0"
  base::Nanos started_wall = 0;
  // Name and value, in the order of printing; the names are stable: command, seed, targets, target-count, ports,
  // exclusions, shard, rate, retries, interfaces, resolved (host name = addresses), lane ...
  std::vector<std::pair<std::string, std::string>> facts;
};

// What happened, as counted. `counters` are name and count in the order of printing, and add up as docs/counters.md
// says.
struct RunSummary {
  base::Nanos ended_wall = 0;
  bool complete = false;  // every index of the shard was tried
  std::vector<std::pair<std::string, uint64_t>> counters;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void begin(const RunManifest& manifest) = 0;
  virtual void write(const Observation& o) = 0;
  virtual void banner(const Banner& b) = 0;
  virtual void tick() = 0;
  // tick(), and then has the device keep what was written, so that not even a power failure takes it. False, with
  // error() set, when that cannot be said.
  virtual bool sync() = 0;
  virtual void end(const RunSummary& summary) = 0;
  virtual const std::string& error() const = 0;  // empty while all is well
};

}  // namespace portolan::result
