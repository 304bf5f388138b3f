// SPDX-License-Identifier: Apache-2.0
// Numbers as the status lines say them. Pure: any thread.
#pragma once

#include <string>

#include "base/clock.h"

namespace portolan::cli {

double seconds(base::Nanos n);
// "0:01:05", and from a day on "2d03h".
std::string duration_text(double seconds);
// "12.0/s", "12.0 k/s", "1.20 M/s".
std::string rate_text(double per_second);

}  // namespace portolan::cli
