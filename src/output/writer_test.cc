// SPDX-License-Identifier: Apache-2.0
#include "output/writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "output/fanout.h"

namespace portolan::output::writer_test {
namespace {

using result::Observation;
using result::State;

// Writes down what a sink is told.
class Notebook final : public result::Sink {
 public:
  struct Pages {
    std::vector<Observation> seen;
    int begun = 0, ticks = 0, ended = 0;
    std::string error;
  };

  explicit Notebook(Pages& pages) : pages_(&pages) {}
  void begin(const result::RunManifest&) override { ++pages_->begun; }
  void write(const Observation& o) override { pages_->seen.push_back(o); }
  void banner(const result::Banner&) override {}
  void tick() override { ++pages_->ticks; }
  bool sync() override { return true; }
  void end(const result::RunSummary&) override { ++pages_->ended; }
  const std::string& error() const override { return pages_->error; }

 private:
  Pages* pages_;
};

Observation numbered(uint16_t producer, uint32_t i) {
  Observation o;
  o.target.service.port = producer;
  o.rtt = i;
  return o;
}

TEST(Writer, TakesFromEveryRingAndLosesNothing) {
  constexpr uint32_t kEach = 20'000;
  Notebook::Pages pages;
  Notebook sink(pages);
  const base::SystemClock clock;
  Writer::Ring a(64), b(64);  // small, so that the producers meet a full ring
  Writer writer({&a, &b}, sink, clock);
  writer.start({});
  const auto produce = [](Writer::Ring& ring, uint16_t name) {
    for (uint32_t i = 0; i < kEach; ++i) {
      while (!ring.push(numbered(name, i))) std::this_thread::yield();
    }
  };
  std::thread first([&] { produce(a, 1); });
  std::thread second([&] { produce(b, 2); });
  first.join();
  second.join();
  writer.stop({});

  EXPECT_EQ(writer.written(), 2 * kEach);
  ASSERT_EQ(pages.seen.size(), 2 * kEach);
  uint32_t next[3] = {0, 0, 0};
  for (const Observation& o : pages.seen) EXPECT_EQ(o.rtt, next[o.target.service.port]++);
  EXPECT_EQ(pages.begun, 1);
  EXPECT_EQ(pages.ended, 1);
  EXPECT_GE(pages.ticks, 1);
}

TEST(Writer, TicksTenTimesASecondHoweverOftenItDrains) {
  Notebook::Pages pages;
  Notebook sink(pages);
  base::VirtualClock clock;
  Writer::Ring ring(4);
  Writer writer({&ring}, sink, clock);
  for (int i = 0; i < 1000; ++i) {
    clock.advance(base::kMillisecond);
    writer.drain();
  }
  EXPECT_EQ(pages.ticks, 10);
}

TEST(Writer, DestroyedWithoutStopLeavesTheSinkUnended) {
  Notebook::Pages pages;
  Notebook sink(pages);
  const base::SystemClock clock;
  Writer::Ring ring(4);
  {
    Writer writer({&ring}, sink, clock);
    writer.start({});
    ring.push(numbered(1, 0));
  }
  EXPECT_EQ(pages.seen.size(), 1u);
  EXPECT_EQ(pages.ended, 0);
}

RC_GTEST_PROP(Writer, DrainGivesWhatWasPushedInOrder, (std::vector<bool> pushes)) {
  Notebook::Pages pages;
  Notebook sink(pages);
  base::VirtualClock clock;
  Writer::Ring ring(8);
  Writer writer({&ring}, sink, clock);
  uint32_t pushed = 0;
  for (const bool push : pushes) {
    if (push && ring.push(numbered(0, pushed))) {
      ++pushed;
    } else {
      writer.drain();
      RC_ASSERT(pages.seen.size() == pushed);
    }
  }
  writer.drain();
  RC_ASSERT(writer.written() == pushed);
  for (uint32_t i = 0; i < pushed; ++i) RC_ASSERT(pages.seen[i].rtt == i);
}

TEST(FanOut, TellsAllAndReportsTheFirstError) {
  Notebook::Pages a, b;
  FanOut sinks;
  sinks.add(std::make_unique<Notebook>(a));
  sinks.add(std::make_unique<Notebook>(b));
  sinks.begin({});
  sinks.write(numbered(1, 1));
  sinks.tick();
  sinks.end({});
  for (const auto* pages : {&a, &b}) {
    EXPECT_EQ(pages->begun, 1);
    EXPECT_EQ(pages->seen.size(), 1u);
    EXPECT_EQ(pages->ticks, 1);
    EXPECT_EQ(pages->ended, 1);
  }
  EXPECT_EQ(sinks.error(), "");
  b.error = "b: No space left on device";
  EXPECT_EQ(sinks.error(), "b: No space left on device");
}

TEST(Filter, ShowsOnlyTheStatesAskedFor) {
  Notebook::Pages found, all;
  Filter show_found(StateSet::found(), std::make_unique<Notebook>(found));
  Filter show_all(StateSet::all(), std::make_unique<Notebook>(all));
  for (const State s : {State::kOpen, State::kClosed, State::kFiltered, State::kUp}) {
    Observation o;
    o.state = s;
    show_found.write(o);
    show_all.write(o);
  }
  ASSERT_EQ(found.seen.size(), 2u);
  EXPECT_EQ(found.seen[0].state, State::kOpen);
  EXPECT_EQ(found.seen[1].state, State::kUp);
  EXPECT_EQ(all.seen.size(), 4u);
}

TEST(Writer, FlushesAllThatWasThereWhenAsked) {
  Notebook::Pages pages;
  Notebook sink(pages);
  const base::SystemClock clock;
  Writer::Ring ring(1024);
  Writer writer({&ring}, sink, clock);
  sink.begin({});
  writer.go_on();
  for (uint32_t round = 1; round <= 50; ++round) {
    for (uint32_t i = 0; i < round; ++i) {
      while (!ring.push(numbered(0, i))) std::this_thread::yield();
    }
    const uint64_t pushed = round * (round + 1) / 2;
    const uint64_t asked = writer.ask_for_flush();
    while (writer.flushed() < asked) std::this_thread::yield();
    EXPECT_EQ(writer.written(), pushed);
  }
  writer.finish();
  EXPECT_EQ(pages.begun, 1);
  EXPECT_EQ(pages.ended, 0);
}

}  // namespace
}  // namespace portolan::output::writer_test
