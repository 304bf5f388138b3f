// SPDX-License-Identifier: Apache-2.0
#include "base/errno_text.h"

#include <fmt/format.h>

#include <system_error>

namespace portolan::base {

std::string errno_text(std::string_view what, int error_number) {
  return fmt::format("{}: {}", what, std::generic_category().message(error_number));
}

}  // namespace portolan::base
