// SPDX-License-Identifier: Apache-2.0
// Every number that a responder counts, once: for the summary, and for the metrics. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "output/journal.h"
#include "pktio/port.h"
#include "portolan/metrics_page.h"
#include "respond/engine.h"
#include "xdp/answer.h"

namespace portolan::cli {

// Names and values in one order, that of printing. Reasons of one counter stand behind a dot: "malformed.udp-length".
std::vector<std::string> respond_number_names();
std::vector<uint64_t> respond_number_values(const respond::Engine& engine, const pktio::PortStats& port,
                                            const output::JournalWriter::Counts& journal,
                                            const xdp::FastCounts* fast = nullptr);
// The same as metrics. The last number, "conversations", is a gauge.
std::vector<Metric> respond_metrics();

}  // namespace portolan::cli
