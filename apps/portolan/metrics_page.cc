// SPDX-License-Identifier: Apache-2.0
#include "portolan/metrics_page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace portolan::cli {
namespace {

prometheus::MetricFamily family_of(const Metric& metric) {
  const bool counter = metric.kind == Metric::Kind::kCounter;
  return {metric.name, metric.help, counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge, {}};
}

prometheus::ClientMetric number(const Metric& metric, double value) {
  prometheus::ClientMetric out;
  if (!metric.label.empty()) out.label.push_back({metric.label, metric.label_value});
  if (metric.kind == Metric::Kind::kCounter) {
    out.counter.value = value;
  } else {
    out.gauge.value = value;
  }
  return out;
}

bool may_stand_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string counter_metric_name(std::string_view prefix, std::string_view counter) {
  std::string name(prefix);
  for (const char c : counter) name.push_back(may_stand_in_a_name(c) ? c : '_');
  return name + "_total";
}

std::string metrics_page(std::span<const Metric> metrics, std::span<const uint64_t> values, base::Nanos started_wall) {
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&families](const Metric& metric, double value) {
    if (families.empty() || families.back().name != metric.name) families.push_back(family_of(metric));
    families.back().metric.push_back(number(metric, value));
  };
  for (size_t i = 0; i < metrics.size(); ++i) add(metrics[i], static_cast<double>(values[i]));
  add({.name = "process_start_time_seconds", .help = "When it started, since 1970.", .kind = Metric::Kind::kGauge},
      static_cast<double>(started_wall / base::kMillisecond) / 1e3);
  add({.name = "portolan_build_info",
       .help = "1; the label says which version runs.",
       .kind = Metric::Kind::kGauge,
       .label = "version",
       .label_value = PORTOLAN_VERSION},
      1);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace portolan::cli
