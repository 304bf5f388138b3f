// SPDX-License-Identifier: Apache-2.0
// Banner: what a service said, as one fact about one target.
//
// A view: `text` is lent for the duration of a call and copied by whoever keeps it. It holds any bytes; each format
// says on its page how it writes those that are no text. The numbers of Application are those of masscan's binary file,
// which is where they come from, and are never renumbered. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "addr/target.h"
#include "base/bytes.h"
#include "base/clock.h"

namespace portolan::result {

// What spoke. A number, not an enumeration: files hold numbers that we do not know, and they are kept.
struct Application {
  uint16_t number = 0;
  constexpr auto operator<=>(const Application&) const = default;
};

// The word in results ("http", "ssl", "X509"); "unknown" for 0 and for numbers without a name.
std::string_view name(Application a);
std::optional<Application> application_from_name(std::string_view word);

struct Banner {
  base::Nanos wall = 0;  // Unix epoch, UTC
  addr::Target target;
  uint8_t ttl = 0;  // 0: not known
  Application application;
  base::Bytes text;
};

}  // namespace portolan::result
