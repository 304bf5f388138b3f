// SPDX-License-Identifier: Apache-2.0
// FanOut, Filter: sinks around sinks. A scan has one sink; these make it several, and choose what each sees.
//
// Both own what they wrap, add no thread and no buffer, and are used by the writer thread alone. The failure of one
// sink does not keep the others from writing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "result/sink.h"

namespace portolan::output {

// Which states are shown. A small set by value.
class StateSet {
 public:
  constexpr StateSet(std::initializer_list<result::State> states) {
    for (const result::State s : states) bits_ = static_cast<uint8_t>(bits_ | bit(s));
  }
  static constexpr StateSet all() {
    return {result::State::kOpen, result::State::kClosed, result::State::kFiltered, result::State::kUp};
  }
  static constexpr StateSet found() { return {result::State::kOpen, result::State::kUp}; }  // the default of scans

  constexpr bool contains(result::State s) const { return (bits_ & bit(s)) != 0; }

 private:
  static constexpr uint8_t bit(result::State s) { return static_cast<uint8_t>(1u << static_cast<unsigned>(s)); }
  uint8_t bits_ = 0;
};

class Filter final : public result::Sink {
 public:
  Filter(StateSet shown, std::unique_ptr<result::Sink> next) : shown_(shown), next_(std::move(next)) {}

  void begin(const result::RunManifest& manifest) override { next_->begin(manifest); }
  void write(const result::Observation& o) override {
    if (shown_.contains(o.state)) next_->write(o);
  }
  void banner(const result::Banner& b) override { next_->banner(b); }
  void tick() override { next_->tick(); }
  bool sync() override { return next_->sync(); }
  void end(const result::RunSummary& summary) override { next_->end(summary); }
  const std::string& error() const override { return next_->error(); }

 private:
  StateSet shown_;
  std::unique_ptr<result::Sink> next_;
};

class FanOut final : public result::Sink {
 public:
  FanOut() = default;
  explicit FanOut(std::vector<std::unique_ptr<result::Sink>> sinks) : sinks_(std::move(sinks)) {}

  // Before begin() only.
  void add(std::unique_ptr<result::Sink> sink) { sinks_.push_back(std::move(sink)); }

  void begin(const result::RunManifest& manifest) override {
    for (auto& sink : sinks_) sink->begin(manifest);
  }
  void write(const result::Observation& o) override {
    for (auto& sink : sinks_) sink->write(o);
  }
  void banner(const result::Banner& b) override {
    for (auto& sink : sinks_) sink->banner(b);
  }
  void tick() override {
    for (auto& sink : sinks_) sink->tick();
  }
  bool sync() override {
    bool all = true;
    for (auto& sink : sinks_) all = sink->sync() && all;
    return all;
  }
  void end(const result::RunSummary& summary) override {
    for (auto& sink : sinks_) sink->end(summary);
  }
  // The first sink's that has one. Ask each sink for its own when all are wanted.
  const std::string& error() const override;

 private:
  std::vector<std::unique_ptr<result::Sink>> sinks_;
};

}  // namespace portolan::output
