// SPDX-License-Identifier: Apache-2.0
// What masscan writes into its own configuration files (--echo, paused.conf) and people never would: values that mean
// nothing, and forms that its command line has not. docs/formats/configuration.md lists them.
// A pure function: any thread.
#pragma once

#include <string>
#include <string_view>

#include "options/table.h"

namespace portolan::cli {

// An options::ConfigReading for the options of scan.
bool masscan_reading(const options::Option& option, std::string_view name, std::string& value);

}  // namespace portolan::cli
