// SPDX-License-Identifier: Apache-2.0
// What is true of a simulated population, target by target, for those who score a scan: docs/formats/truth.md.
//
// A target is listed when it answers, with what a scan should conclude of it were no packet lost. Written in large
// pieces; a reader that goes away (head) ends it quietly. One thread.
#pragma once

#include <optional>
#include <string_view>

#include "addr/target_set.h"
#include "population/population.h"
#include "result/observation.h"

namespace portolan::cli {

struct Truth {
  result::State state = result::State::kOpen;
  std::string_view service{};  // of an open port; empty: it says nothing that anybody knows
};

// nullopt: silence. REQUIRES: host is population.host(target.address).
std::optional<Truth> truth_of(const population::Population& population, const population::Host& host,
                              const addr::Target& target);

// Writes to descriptor `fd`, in the order of the set's numbers. False, with errno set, when writing failed for another
// reason than a reader gone.
bool print_truth(const population::Population& population, const addr::TargetSet& targets, int fd);

}  // namespace portolan::cli
