// SPDX-License-Identifier: Apache-2.0
// The numbers of a running command as Prometheus reads them (text format 0.0.4). Pure: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace portolan::cli {

// One number. Metrics that share a name differ in the value of their label, and stand together.
struct Metric {
  enum class Kind : uint8_t { kCounter, kGauge };

  std::string name;
  std::string help;  // one sentence
  Kind kind = Kind::kCounter;
  std::string label{};  // its name; empty: none
  std::string label_value{};
};

// "portolan_respond_" + "ipv4-checksum" -> "portolan_respond_ipv4_checksum_total". Bytes that may not stand in a name
// become "_".
std::string counter_metric_name(std::string_view prefix, std::string_view counter);

// The page: all metrics, process_start_time_seconds and portolan_build_info. REQUIRES: as many values as metrics.
std::string metrics_page(std::span<const Metric> metrics, std::span<const uint64_t> values, base::Nanos started_wall);

}  // namespace portolan::cli
