// SPDX-License-Identifier: Apache-2.0
// --echo and --readrange: what is printed instead of scanning.
//
// echo_text() is a configuration file: read by --conf it is the same scan, on this machine and, but for the system's
// file there, on another. Functions; print_if_asked() throws Refusal. One thread.
#pragma once

#include <optional>
#include <string>

#include "portolan/configuration.h"

namespace portolan::cli {

std::string echo_text(const Configuration& configuration);

// Says what the system's file sets, on standard error, and prints what is asked instead of a scan; nullopt: nothing is.
// For --echo all is checked that a scan would check before it begins, but for what is not said yet: targets or ports.
// The exit status.
std::optional<int> print_if_asked(const Configuration& configuration);

}  // namespace portolan::cli
