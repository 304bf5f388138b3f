// SPDX-License-Identifier: Apache-2.0
// From the texts of a draft to the targets of a plan: who is asked, and what.
//
// Reads lists, resolves names, expands --top-ports, applies exclusions, and refuses what leaves a doubt: text that is
// not wholly understood, a set that is empty or has no ports, a very large one without a thought of exclusions. May
// block on the resolver and on standard input. One thread.
#pragma once

#include <cstdint>

#include "addr/target_set.h"
#include "portolan/scan_options.h"

namespace portolan::cli {

// More addresses than these need --exclude, --excludefile or --no-exclude-file.
inline constexpr uint64_t kManyAddresses = uint64_t{1} << 24;

enum class Lack : uint8_t {
  kRefused,
  kAllowed,  // without targets or without ports what is there is checked, and plan.targets stays empty
};

// Fills plan.targets, report, resolved, exclusion_text and warnings of draft.request. Throws Refusal.
void settle_targets(ScanDraft& draft, Lack lack = Lack::kRefused);

// The addresses alone, whatever is asked of them, and the exact pairs. Adds to the warnings. Throws Refusal.
addr::TargetSet settle_addresses(ScanDraft& draft);

}  // namespace portolan::cli
