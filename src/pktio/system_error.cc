// SPDX-License-Identifier: Apache-2.0
#include "pktio/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace portolan::pktio {

std::string system_error(std::string_view what) {
  const int reason = errno;
  const bool rights = reason == EPERM || reason == EACCES;
  return fmt::format("cannot {}: {}{}", what, std::strerror(reason),
                     rights ? " (it needs root, or the capability CAP_NET_RAW)" : "");
}

}  // namespace portolan::pktio
