// SPDX-License-Identifier: Apache-2.0
// ScanRun: one scan from a checked request to its summary.
//
// Everything that may be refused is refused in prepare(), before a frame leaves: routes, source ports, outputs, the
// right to open sockets. run() then needs a thread for each lane (packets), the writer's (outputs), and the caller's
// (status line, signals, checkpoints). SIGINT, SIGTERM and SIGHUP stop the sending; a second one ends the scan at once;
// the outputs are finished either way, and a scan that is not complete can be resumed. With --infinite it runs in
// rounds, each with lanes of its own. One at a time a process (signal handlers).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "host/kernel_guard.h"
#include "output/fanout.h"
#include "output/writer.h"
#include "portolan/checkpoint.h"
#include "portolan/control_socket.h"
#include "portolan/lane_choice.h"
#include "portolan/open_ports.h"
#include "portolan/run_record.h"
#include "portolan/scan_control.h"
#include "portolan/scan_request.h"
#include "portolan/scan_status.h"
#include "portolan/stop_signals.h"
#include "portolan/tally.h"
#include "scan/lane_group.h"

namespace portolan::cli {

class ScanRun {
 public:
  // Takes the plan out of the request: a target set may be large.
  explicit ScanRun(ScanRequest request) : request_(std::move(request)), plan_(std::move(request_.plan)) {}

  // Throws Refusal.
  void prepare();
  // REQUIRES: prepare(). The program's exit status.
  int run();

 private:
  void choose_source_ports();
  scan::Egress find_egress();
  void make_round();
  void run_round(StopSignals& signals);
  bool next_round();
  void mind(StopSignals& signals);
  ScanStatus::Options status_options();
  void open_control();
  void open_checkpoint();
  void note_exclusions();
  void settle_checkpoint();
  void read_answered();
  void add_round();
  void choose_lane(const scan::Egress& egress);
  void raise_guard(const scan::Egress& egress);
  void open_outputs();
  void warn_of_distance(const scan::Egress& egress) const;
  int report();

  ScanRequest request_;  // without its plan
  scan::Plan plan_;      // with the source ports
  base::SystemClock clock_;
  std::optional<host::KernelGuard> guard_;
  std::string guard_text_;
  std::optional<LaneChoice> choice_;
  OpenPorts ports_;
  std::optional<scan::Egress> egress_;
  std::unique_ptr<scan::LaneGroup> lanes_;
  std::vector<base::u128> answered_;        // before this run
  std::shared_ptr<output::Scribe> scribe_;  // made before anything else
  output::FanOut sinks_;
  Tally* tally_ = nullptr;               // in sinks_
  std::vector<result::Sink*> outputs_;   // in sinks_: those that can fail
  AnsweredLog* answered_log_ = nullptr;  // in sinks_; absent without checkpoints
  std::unique_ptr<output::Writer> writer_;
  std::optional<Checkpoint> checkpoint_;
  std::optional<ScanControl> control_;
  size_t noted_exclusions_ = 0;  // of those that it was told, how many the checkpoint knows
  std::unique_ptr<ControlSocket> socket_;
  result::RunSummary total_;  // of all rounds
  RunNumbers numbers_;
  uint32_t round_ = 0;  // of --infinite
};

}  // namespace portolan::cli
