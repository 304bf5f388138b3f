// SPDX-License-Identifier: Apache-2.0
// The user's own UDP payloads: the files of --nmap-payloads and --pcap-payloads, read in the order given.
//
// Called once, while the request is made; what the engine sends is in plan.shape afterwards. Throws Refusal when a file
// cannot be read or a line of it is not understood. One thread.
#pragma once

#include "portolan/scan_options.h"

namespace portolan::cli {

// Fills plan.shape.own_payloads when files were named; what the files want and do not get becomes a warning.
void settle_payloads(ScanDraft& draft);

}  // namespace portolan::cli
