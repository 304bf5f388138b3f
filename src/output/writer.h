// SPDX-License-Identifier: Apache-2.0
// Writer: the thread that takes facts out of the rings of the receivers and gives them to a sink.
//
// The packet threads never wait for a disk: they push into their ring, one ring each, and this thread empties all of
// them every few milliseconds and ticks the sink ten times a second. Nothing is dropped on the way; a full ring is the
// producer's to see and to count. drain() is the whole work without the thread, for tests and single-threaded hosts.
//
// A checkpoint asks with ask_for_flush() and waits until flushed() has come to the number it was given: then all that
// was in the rings when it asked is in the files. A scan of several rounds has a writer for each, on one sink: go_on()
// in place of start(), finish() in place of stop().
//
// Lifetime: rings and sink outlive the writer. Threads: all members belong to one controlling thread, except written()
// and flushed(), which any may read. After finish() the sink may be used by the controlling thread again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/spsc_ring.h"
#include "result/sink.h"

namespace portolan::output {

class Writer {
 public:
  using Ring = base::SpscRing<result::Observation>;

  static constexpr base::Nanos kTickEvery = 100 * base::kMillisecond;
  static constexpr base::Nanos kPollEvery = 5 * base::kMillisecond;

  Writer(std::vector<Ring*> rings, result::Sink& sink, const base::Clock& clock);
  ~Writer();  // stops the thread without ending the sink: its file stays whole, without a trailer

  // Begins the sink and starts the thread.
  void start(const result::RunManifest& manifest);
  // Starts the thread. REQUIRES: the sink has begun.
  void go_on();
  // REQUIRES: the producers push no more. Takes what is left, ends the sink and joins. Once.
  void stop(const result::RunSummary& summary);
  // The first half of stop(): takes what is left and joins, so that a summary can say how many were written.
  void finish();

  // From now on the writer is to flush; the number that flushed() will have reached when it has.
  uint64_t ask_for_flush();
  uint64_t flushed() const { return flushed_.load(std::memory_order_acquire); }

  // Observations given to the sink.
  uint64_t written() const { return written_.load(std::memory_order_relaxed); }

  // Empties the rings into the sink and ticks it when that is due. Returns how many there were. Not while the thread
  // runs.
  size_t drain();

 private:
  void run();
  void flush_if_asked();

  std::vector<Ring*> rings_;
  result::Sink& sink_;
  const base::Clock& clock_;
  base::Nanos next_tick_ = 0;  // the thread's
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> flush_asked_{0};
  std::atomic<uint64_t> flushed_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace portolan::output
