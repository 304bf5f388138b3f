// SPDX-License-Identifier: Apache-2.0
// Reading results of earlier scans and writing them in other forms: `portolan convert`, and `portolan scan --readscan`
// as masscan has it. One implementation; what differs is which options lead here, and that convert shows all states.
//
// Nothing is sent, no configuration file is read, and no right is needed. What is wrong with a request or a file is a
// Refusal; results that stand before the damage are in the outputs by then, which are whole. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "options/parse.h"
#include "output/format.h"
#include "portolan/commands.h"
#include "portolan/result_filter.h"
#include "portolan/scan_options.h"

namespace portolan::cli {

struct ReadRequest {
  std::vector<Sourced> files;  // "-": standard input
  std::vector<output::OutputSpec> outputs;
  ResultFilter filter;
  output::BannerNumbers numbers = output::BannerNumbers::kCurrent;  // of binary files that are read
};

// Whether `portolan scan` is to read results and not to scan: no configuration file counts then.
bool asks_for_readscan(Args args);

// Words that follow the first --readscan are files too; those before it are targets, which filter by address.
ReadRequest readscan_request(const options::Settings& settings, Persona persona = Persona::kPortolan);

// What a draft says about files, outputs and filter. Words among its targets filter by address. Throws Refusal.
ReadRequest make_read_request(ScanDraft draft);

// Reads all files in their order, into all outputs (without any: text on standard output). The exit status.
int read_results(ReadRequest request);

}  // namespace portolan::cli
