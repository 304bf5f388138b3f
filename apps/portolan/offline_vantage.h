// SPDX-License-Identifier: Apache-2.0
// What a dry run sees on a machine that has no route to the targets. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "host/vantage.h"

namespace portolan::cli {

// One Ethernet interface for everything, under the name of the `adapter`th adapter ("offline" where it has none), and
// the loopback interface for what is never sent over a wire. Nothing of it exists.
host::Vantage offline_vantage(const std::string& name, size_t adapter);

}  // namespace portolan::cli
