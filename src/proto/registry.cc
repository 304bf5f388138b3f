// SPDX-License-Identifier: Apache-2.0
// The one list of all servers. Those that are most specific come first; a new protocol is a folder and a line here.
#include <algorithm>
#include <array>

#include "proto/dns/server.h"
#include "proto/gh0st/server.h"
#include "proto/http/server.h"
#include "proto/rpc/server.h"
#include "proto/server.h"
#include "proto/ssh/server.h"
#include "proto/stun/server.h"

namespace portolan::proto {

namespace {

constexpr const Server* kAll[] = {
    &kGh0st, &kSsh, &kStun, &kRpc, &kDns, &kHttp,
};

}  // namespace

std::span<const Server* const> servers() { return kAll; }

const Server* find_server(std::string_view name) {
  const auto named = [&](const Server* server) { return server->name == name; };
  const auto* const found = std::find_if(std::begin(kAll), std::end(kAll), named);
  return found == std::end(kAll) ? nullptr : *found;
}

}  // namespace portolan::proto
