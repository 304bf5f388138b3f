// SPDX-License-Identifier: Apache-2.0
// Redis server (RESP2 and RESP3, redis.io/docs/reference/protocol-spec): open to all, as those are that get attacked.
//
// Not a store: of all that is set, the last short value of a conversation is kept, so that who sets a key and gets it
// back is content. What attacks are made of (CONFIG SET, SLAVEOF, SET) is told as facts. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kRedis;

}  // namespace portolan::proto
