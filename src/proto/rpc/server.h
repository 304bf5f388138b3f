// SPDX-License-Identifier: Apache-2.0
// ONC RPC with the port mapper (rpcbind) on any port, TCP and UDP: the one program it serves is itself.
//
// Style::kModern is RFC 5531 and RFC 1833. Style::kMasscanned knows fewer procedures and other errors. Only calls are
// answered, never replies. A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kRpc;

}  // namespace portolan::proto
