// SPDX-License-Identifier: Apache-2.0
// load_rules(): the file of --rules, read whole and understood, or a Refusal that names every mistake in it. While
// options are read, and again on SIGHUP, by the main thread.
#pragma once

#include <memory>
#include <string>

#include "respond/rules.h"

namespace portolan::cli {

std::shared_ptr<const respond::Rules> load_rules(const std::string& path);

}  // namespace portolan::cli
