// SPDX-License-Identifier: Apache-2.0
#include "proto/http/basic_auth.h"

#include "proto/text.h"

namespace portolan::proto::http {

std::optional<BasicAuth> BasicAuth::parse(std::string_view header) {
  const size_t space = header.find(' ');
  if (space == std::string_view::npos || !same_ignoring_case(header.substr(0, space), "Basic")) return std::nullopt;
  const BasicAuth auth(trimmed(header.substr(space)));
  if (auth.colon_ == std::string_view::npos) return std::nullopt;
  return auth;
}

}  // namespace portolan::proto::http
