// SPDX-License-Identifier: Apache-2.0
// PausedFile: a scan that is not finished, as text: paused.conf. docs/formats/paused.md
//
// It keeps masscan's name, place and form: a configuration file with `resume-index`. What masscan does not know stands
// behind "#portolan ", where it sees a comment; so masscan can read the file, as far as its own options go, and we read
// masscan's. Pure: text to value and back. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/int128.h"
#include "base/siphash.h"
#include "options/error.h"
#include "scan/plan.h"

namespace portolan::cli {

// How far a scan has come, and what is needed to go on where it stopped.
struct PausedState {
  uint32_t pass = 0;
  base::u128 index = 0;      // of the order: those of the pass below it are done (scan::Plan::resume)
  base::SipKey key;          // so that answers to the earlier run's probes are still proven
  uint64_t seed = 0;         // of the round that was interrupted
  uint64_t scan_digest = 0;  // scan_digest() below
  scan::SourcePorts source_ports;
  uint64_t answered = 0;      // how many numbers of the answered log are covered
  std::string answered_path;  // empty: none
  std::string boot;           // which start of the machine it was written in

  bool operator==(const PausedState&) const;
};

struct PausedFile {
  std::optional<PausedState> state;  // absent: the file is masscan's
  std::string settings;              // a configuration file, its lines where they stand in the whole
};

// Which targets are asked in which order: what must be the same when a scan goes on.
uint64_t scan_digest(const scan::Plan& plan);

// `settings`: the configuration, as `portolan scan --echo` prints it. Lines that masscan would not understand are
// hidden from it.
std::string paused_text(const PausedState& state, std::string_view settings);

// The error says what is wrong with which line of `path`.
tl::expected<PausedFile, options::Error> read_paused(std::string_view text, const std::string& path);

}  // namespace portolan::cli
