// SPDX-License-Identifier: Apache-2.0
// Tally: a sink that only counts, by protocol and state, for the status line.
//
// The writer's thread counts; any thread may read while it does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "result/sink.h"

namespace portolan::cli {

using Found = std::array<uint64_t, addr::kProtocolCount>;

uint64_t total(const Found& found);
// "tcp 12, udp 3"; "none" before that.
std::string to_text(const Found& found);

class Tally final : public result::Sink {
 public:
  static constexpr size_t kStates = 4;

  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override {
    auto& c = counts_[static_cast<size_t>(o.target.service.protocol)][static_cast<size_t>(o.state)];
    c.store(c.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void banner(const result::Banner&) override {}
  void tick() override {}
  bool sync() override { return true; }
  void end(const result::RunSummary&) override {}
  const std::string& error() const override { return no_error_; }

  uint64_t count(addr::Protocol p, result::State s) const {
    return counts_[static_cast<size_t>(p)][static_cast<size_t>(s)].load(std::memory_order_relaxed);
  }
  // What was found open or up, by protocol.
  Found found() const;

 private:
  std::array<std::array<std::atomic<uint64_t>, kStates>, addr::kProtocolCount> counts_{};
  std::string no_error_;
};

}  // namespace portolan::cli
