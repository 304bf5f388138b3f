// SPDX-License-Identifier: Apache-2.0
// Checkpoint: keeps a running scan's paused.conf fresh, so that it can go on after whatever ends it.
//
// The order is what makes it safe. Where the scan has come to is read first; then the writer flushes what it had been
// given by then; then the files are kept by the device; only then the position is written, into a new file that takes
// the old one's place in one rename(2). So results are on disk before the position that covers them. A probe is covered
// when its answers have had kLag to come: what was in flight at a kill is asked again.
//
// The file's name is the user's or paused.conf, in the current folder; a paused.conf that belongs to another scan is
// left alone (paused.2.conf ...). It is written every `every`, from then on and at the end of a scan that is not
// complete; a complete scan removes it. A folder that cannot be written to is told once, and the scan goes on.
// turn() is called some ten times a second and blocks only while the device keeps what was written. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "output/writer.h"
#include "portolan/answered_log.h"
#include "portolan/paused_file.h"
#include "scan/lane_group.h"

namespace portolan::cli {

class Checkpoint {
 public:
  static constexpr base::Nanos kLag = 2 * base::kSecond;

  struct Options {
    std::string path;         // empty: paused.conf, or the next free name
    std::string earlier_log;  // of the run before, which this one's replaces; empty: none
    bool replace = false;     // what is at `path` is this scan's
    base::Nanos every = 5 * base::kSecond;
    std::string settings;              // the scan's, as paused_text() wants them
    PausedState state;                 // but for position and answered
    std::vector<std::string> outputs;  // files that results go to
  };

  // REQUIRES: the log outlives it.
  Checkpoint(Options options, AnsweredLog& log, const base::Clock& clock);

  void turn(const scan::LaneGroup& lanes, output::Writer& writer);
  // Other settings than those of the options, from now on; the next turn begins to write them.
  void set_settings(std::string settings) { options_.settings = std::move(settings), next_ = 0; }
  // At once, after the writer has finished. Whether the file is there.
  bool finish(const scan::LaneGroup& lanes, base::Nanos lag);
  // Another order begins (--infinite). REQUIRES: no flush is awaited that matters: the round before is over.
  void begin_round(uint64_t seed, uint64_t digest) {
    options_.state.seed = seed, options_.state.scan_digest = digest;
    asked_.reset();
  }
  // The scan is complete: nothing is left to go on with.
  void remove();

  const std::string& path() const { return path_; }
  const std::string& error() const { return error_; }

 private:
  bool write(const scan::Covered& covered);
  bool put(const std::string& text);
  bool claim_name(const std::string& from);
  void keep_outputs();
  void remove_earlier_log();

  Options options_;
  AnsweredLog& log_;
  const base::Clock& clock_;
  base::Nanos next_;
  struct Asked {
    scan::Covered covered;
    uint64_t flush;
  };
  std::optional<Asked> asked_;
  std::string path_;  // empty before the first was written
  std::string error_;
};

// This start of the machine, as the kernel names it.
std::string boot_name();

}  // namespace portolan::cli
