// SPDX-License-Identifier: Apache-2.0
// Sourced: text to be understood later, and where it stood. A value.
#pragma once

#include <string>

#include "options/error.h"

namespace portolan::cli {

struct Sourced {
  std::string text;
  options::Where where;
};

}  // namespace portolan::cli
