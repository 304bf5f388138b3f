// SPDX-License-Identifier: Apache-2.0
#include "base/rotation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace portolan::base {

std::string Rotation::name(uint32_t number) const { return fmt::format("{}.{}", path_, number); }

tl::expected<void, std::string> Rotation::advance(Nanos now) {
  // Only the unbroken run PATH.1, PATH.2 ... moves: a name that is free ends it, and so nothing is overwritten but the
  // last.
  const uint32_t keep = std::max<uint32_t>(policy_.keep, 1);
  uint32_t last = 1;
  while (last < keep && ::access(name(last).c_str(), F_OK) == 0) ++last;
  for (uint32_t number = last; number > 1; --number) std::rename(name(number - 1).c_str(), name(number).c_str());
  if (std::rename(path_.c_str(), name(1).c_str()) != 0) {
    const int reason = errno;
    postpone(now);
    return tl::unexpected(fmt::format("{}: {}", path_, std::generic_category().message(reason)));
  }
  return {};
}

}  // namespace portolan::base
