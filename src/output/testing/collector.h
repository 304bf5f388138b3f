// SPDX-License-Identifier: Apache-2.0
// Collector: a result::Sink that keeps everything, for tests of readers. One thread.
#pragma once

#include <string>
#include <vector>

#include "result/sink.h"

namespace portolan::output::testing {

struct KeptBanner {
  base::Nanos wall = 0;
  addr::Target target;
  uint8_t ttl = 0;
  uint16_t application = 0;
  std::string text;

  auto operator<=>(const KeptBanner&) const = default;
};

class Collector final : public result::Sink {
 public:
  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override { observations.push_back(o); }
  void banner(const result::Banner& b) override {
    banners.push_back({b.wall, b.target, b.ttl, b.application.number, std::string(base::as_text(b.text))});
  }
  void tick() override {}
  bool sync() override { return true; }
  void end(const result::RunSummary&) override {}
  const std::string& error() const override { return error_; }

  std::vector<result::Observation> observations;
  std::vector<KeptBanner> banners;

 private:
  std::string error_;
};

}  // namespace portolan::output::testing
