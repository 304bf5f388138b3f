// SPDX-License-Identifier: Apache-2.0
// From the port options of a draft to services in a TargetSetBuilder. A part of settle_targets(), which see.
#pragma once

#include <string>
#include <vector>

#include "addr/target_set_builder.h"
#include "portolan/scan_options.h"
#include "scan/exclusions.h"

namespace portolan::cli {

// Ports, top ports, echo and neighbours, and what is excluded of them. Throws Refusal.
void add_services(const ScanDraft& draft, addr::TargetSetBuilder& builder);

// What is excluded of them after they were numbered. Throws Refusal.
std::vector<scan::ServiceKeys> late_excluded_services(const ScanDraft& draft);

// Whether any option asks for a service of every address.
bool asks_for_services(const ScanDraft& draft);

// Where a byte of a text stands: "argument 2, column 8, in '10.0.0.256'".
std::string place_in(const Sourced& text, size_t offset);

}  // namespace portolan::cli
