// SPDX-License-Identifier: Apache-2.0
// The sinks that a request's results go to: its files, and sentences on standard output where nothing else goes there.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "output/fanout.h"
#include "output/scribe.h"
#include "portolan/scan_options.h"

namespace portolan::cli {

// --output-filename and --output-format make one more output; no file is named twice. Throws Refusal.
void settle_outputs(ScanDraft& draft);

output::OutputSpec spec_of(const ScanRequest& request, const OutputFile& file);
output::StateSet states(const Shown& s);

// Opens them all, each behind a filter of what is shown, and adds them to `into`; the result are those that can fail.
// Throws Refusal when one cannot be opened. `scribe` writes them, if there is one; the clock outlives them.
std::vector<result::Sink*> open_outputs(const ScanRequest& request, output::FanOut& into,
                                        const std::shared_ptr<output::Scribe>& scribe, const base::Clock& clock);

}  // namespace portolan::cli
