// SPDX-License-Identifier: Apache-2.0
// The line by which an SSH client begins (RFC 4253, 4.2). Views, pure functions, any thread.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::ssh {

struct Banner {
  enum class Kind : uint8_t { kMore, kWhole, kBad };
  Kind kind = Kind::kMore;
  std::string_view line;     // without its end
  std::string_view version;  // "2.0"
  size_t size = 0;           // with its end
};

// Up to 255 bytes; LF ends it, with or without CR before.
Banner parse_banner(base::Bytes bytes);
// As masscanned reads it: only CRLF ends it, of any length; the version is digits and dots.
Banner parse_masscanned_banner(base::Bytes bytes);

}  // namespace portolan::proto::ssh
