// SPDX-License-Identifier: Apache-2.0
// RespondRun: one responder from a checked request to its summary.
//
// Everything that may be refused is refused in prepare(), before a frame leaves: interface, rights, files, rules. Then
// the process gives up its rights, and run() needs three threads: packets, journal, and the caller's (status line,
// signals). SIGINT and SIGTERM end it, with the logs whole; SIGHUP has the rules read again. One at a time a process.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/responder_guard.h"
#include "host/stream_client.h"
#include "host/vantage.h"
#include "output/diagnostics.h"
#include "output/journal.h"
#include "pktio/port.h"
#include "portolan/metrics_server.h"
#include "portolan/respond_request.h"
#include "portolan/respond_status.h"
#include "proto/tls/authority.h"
#include "respond/engine.h"
#include "xdp/answer.h"

namespace portolan::cli {

class RespondRun {
 public:
  explicit RespondRun(RespondRequest request) : request_(std::move(request)) {}
  ~RespondRun();

  // Throws Refusal.
  void prepare();
  // REQUIRES: prepare(). The program's exit status.
  int run();

 private:
  void find_interface();
  void share_addresses();
  void start_metrics();
  void open_port();
  void raise_guard();
  void open_tls();
  std::unique_ptr<host::StreamClient> open_streams() const;  // null without rules
  void start_fast();
  void open_records();
  std::unique_ptr<output::ContactSink> open_capture() const;
  void enter_sandbox();
  void announce() const;

  void serve();         // the packet thread
  void take_orders();   // new rules, from the main thread; new keys, to the kernel program
  void reload_rules();  // the main thread
  void show_numbers(base::Nanos now);
  RespondTotals totals() const;
  int report();
  std::vector<uint64_t> numbers() const;

  RespondRequest request_;
  base::SystemClock clock_;
  host::Interface interface_;
  std::vector<host::Stretch> machine_;  // addresses that we answer for and the machine has
  std::unique_ptr<pktio::Port> port_;
  std::optional<host::ResponderGuard> guard_;
  std::unique_ptr<proto::TlsAuthority> tls_;
  std::vector<std::unique_ptr<output::ContactSink>> sinks_;
  output::Diagnostics* diagnostics_ = nullptr;  // in sinks_
  std::string rights_;                          // what is left of them, in words
  std::unique_ptr<output::JournalWriter> journal_;
  std::unique_ptr<respond::Engine> engine_;
  std::optional<xdp::FastAnswer> fast_;
  uint64_t fast_epoch_ = 0;                          // of the keys that it has
  std::mutex orders_;                                // guards the next two; the packet thread only tries it
  std::shared_ptr<const respond::Rules> new_rules_;  //
  bool has_new_rules_ = false;                       //
  std::optional<MetricsServer> metrics_;
  std::optional<RespondStatus> status_;
  std::atomic<bool> stop_{false};
  base::Nanos started_ = 0;
  base::Nanos next_metrics_ = 0;
};

}  // namespace portolan::cli
