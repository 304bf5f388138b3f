// SPDX-License-Identifier: Apache-2.0
#include "output/writer.h"

#include <chrono>
#include <utility>

namespace portolan::output {

Writer::Writer(std::vector<Ring*> rings, result::Sink& sink, const base::Clock& clock)
    : rings_(std::move(rings)), sink_(sink), clock_(clock) {}

Writer::~Writer() { finish(); }

void Writer::start(const result::RunManifest& manifest) {
  sink_.begin(manifest);
  go_on();
}

void Writer::go_on() {
  next_tick_ = clock_.now() + kTickEvery;
  thread_ = std::thread([this] { run(); });
}

void Writer::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::stop(const result::RunSummary& summary) {
  finish();
  sink_.end(summary);
}

uint64_t Writer::ask_for_flush() { return flush_asked_.fetch_add(1, std::memory_order_release) + 1; }

// Whoever asked had pushed, or seen pushed, before: what he means is in the rings by now.
void Writer::flush_if_asked() {
  const uint64_t asked = flush_asked_.load(std::memory_order_acquire);
  if (asked == flushed_.load(std::memory_order_relaxed)) return;
  drain();
  sink_.tick();
  flushed_.store(asked, std::memory_order_release);
}

size_t Writer::drain() {
  size_t taken = 0;
  result::Observation o;
  for (Ring* ring : rings_) {
    // At most one ring's worth, so that one busy producer cannot starve the others or the tick.
    for (size_t room = ring->capacity(); room > 0 && ring->pop(o); --room) {
      sink_.write(o);
      ++taken;
    }
  }
  written_.fetch_add(taken, std::memory_order_relaxed);
  const base::Nanos now = clock_.now();
  if (now >= next_tick_) {
    sink_.tick();
    next_tick_ = now + kTickEvery;
  }
  return taken;
}

void Writer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const size_t taken = drain();
    flush_if_asked();
    lock.lock();
    if (taken == 0) wake_.wait_for(lock, std::chrono::nanoseconds(kPollEvery), [this] { return stopping_; });
  }
  lock.unlock();
  // Whoever asked us to stop has stopped the producers first: what is there now is all there will be.
  drain();
  sink_.tick();
  flushed_.store(flush_asked_.load(std::memory_order_acquire), std::memory_order_release);
}

}  // namespace portolan::output
