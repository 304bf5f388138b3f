// SPDX-License-Identifier: Apache-2.0
// What `portolan demo` takes, which is little, and what it says of itself. Constant data; any thread.
#pragma once

#include "options/help.h"
#include "options/table.h"

namespace portolan::cli {

const options::Table& demo_table();
extern const options::Page kDemoPage;

}  // namespace portolan::cli
