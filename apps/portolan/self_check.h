// SPDX-License-Identifier: Apache-2.0
// A quick look whether this build on this processor computes what it should: known answers of checksums and cookies,
// and that the ways of computing which the processor offers agree with the plain one. Sends nothing, needs no right.
// For a doubt about a machine or a package; what the program does is held by its tests.
#pragma once

#include <span>
#include <string_view>

namespace portolan::cli {

struct SelfCheck {
  std::string_view what;
  bool (*holds)();
};
std::span<const SelfCheck> self_checks();

// Runs them all and prints a line for each on standard output. True when all hold.
bool run_self_test();

}  // namespace portolan::cli
