// SPDX-License-Identifier: Apache-2.0
// LiveCall: one long call that runs an XDP program over live frames (BPF_PROG_TEST_RUN), and the way to end it.
//
// Such a call ends when the program has run 2^31 times or a signal comes. The signal is SIGURG, which a process that
// does not ask for it never notices: while a call is made it has a handler that does nothing, without SA_RESTART, and
// afterwards what it had before. A timer repeats it until the call has returned, so that none is lost between looking
// at the flag and sleeping in the kernel.
// Threads: one at a time in run(); interrupt() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <span>

namespace portolan::xdp {

class LiveCall {
 public:
  // Runs the program again and again, handing it copies of `frame` (14 bytes at least), until interrupt(). 0, or the
  // error number. `repeat`: so often and no more; 0: until interrupt().
  int run(int program, std::span<const uint8_t> frame, uint32_t repeat = 0);
  // Makes run() return; if it does not run, the next one returns at once.
  void interrupt();

 private:
  void begin();
  void end();

  std::atomic<bool> stop_{false};
  std::mutex lock_;
  bool running_ = false;
  timer_t timer_{};
};

}  // namespace portolan::xdp
