// SPDX-License-Identifier: Apache-2.0
// From what a draft says of adapters (--adapter[N], --source-ip[N] and their like) to those of a plan. A part of
// make_scan_request(), which see.
#pragma once

#include "portolan/scan_options.h"

namespace portolan::cli {

// Fills the adapters of draft.request.plan. Throws Refusal: for addresses that nothing can be sent from or that are
// named twice, for gaps in the numbers, for adapters without a name, and for a router that is named twice.
void settle_adapters(ScanDraft& draft);

}  // namespace portolan::cli
