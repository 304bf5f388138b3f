// SPDX-License-Identifier: Apache-2.0
// `portolan respond --truth TARGETS... PORTS`: what a perfect scan of the population would find. Throws Refusal.
#pragma once

#include "portolan/respond_request.h"

namespace portolan::cli {

// The program's exit status.
int print_truth_of(const RespondDraft& draft);

}  // namespace portolan::cli
