// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_numbers.h"

#include <fmt/format.h>

namespace portolan::cli {
namespace {

template <class Enum, class Visit>
void for_each_counter(Visit&& visit) {
  for (size_t i = 0; i < static_cast<size_t>(Enum::kCount); ++i) visit(static_cast<Enum>(i));
}

constexpr std::string_view kMalformed = "malformed.";

// What the kernel program counts under the same names is counted as ours. The frames that it passed up are in our
// own numbers already.
void add_fast(const xdp::FastCounts& fast, std::vector<uint64_t>& values) {
  const std::vector<std::string> names = respond_number_names();
  for (size_t i = 0; i < fast.size(); ++i) {
    const std::string_view name = xdp::answer_counter_name(static_cast<xdp::AnswerCount>(i));
    for (size_t k = 0; k < values.size(); ++k) {
      const std::string_view ours = names[k];
      if (ours == name || (ours.starts_with(kMalformed) && ours.substr(kMalformed.size()) == name)) {
        values[k] += fast[i];
      }
    }
  }
}

}  // namespace

std::vector<std::string> respond_number_names() {
  std::vector<std::string> names;
  for_each_counter<respond::Count>([&](auto c) { names.emplace_back(counter_name(c)); });
  for_each_counter<wire::Drop>([&](auto d) { names.push_back(fmt::format("{}{}", kMalformed, counter_name(d))); });
  for (const char* name : {"sent", "send_refused", "kernel_dropped"}) names.emplace_back(name);
  for_each_counter<output::JournalCount>([&](auto c) { names.push_back(fmt::format("journal_{}", counter_name(c))); });
  names.emplace_back("conversations");
  return names;
}

std::vector<uint64_t> respond_number_values(const respond::Engine& engine, const pktio::PortStats& port,
                                            const output::JournalWriter::Counts& journal, const xdp::FastCounts* fast) {
  std::vector<uint64_t> values;
  for_each_counter<respond::Count>([&](auto c) { values.push_back(engine.counters().respond[c]); });
  for_each_counter<wire::Drop>([&](auto d) { values.push_back(engine.counters().malformed[d]); });
  if (fast != nullptr) add_fast(*fast, values);
  values.insert(values.end(), {port.sent, port.send_refused, port.receive_dropped});
  for_each_counter<output::JournalCount>([&](auto c) { values.push_back(journal[c]); });
  values.push_back(engine.conversations());
  return values;
}

std::vector<Metric> respond_metrics() {
  constexpr std::string_view kPrefix = "portolan_respond_";
  std::vector<Metric> metrics;
  for (const std::string& name : respond_number_names()) {
    if (name == "conversations") {
      metrics.push_back({.name = fmt::format("{}{}", kPrefix, name),
                         .help = "TCP conversations that are alive.",
                         .kind = Metric::Kind::kGauge});
    } else if (name.starts_with(kMalformed)) {
      metrics.push_back({.name = counter_metric_name(kPrefix, "malformed_frames"),
                         .help = "Frames that were refused, by reason; docs/counters.md.",
                         .label = "reason",
                         .label_value = name.substr(kMalformed.size())});
    } else {
      metrics.push_back({.name = counter_metric_name(kPrefix, name), .help = "See docs/counters.md."});
    }
  }
  return metrics;
}

}  // namespace portolan::cli
