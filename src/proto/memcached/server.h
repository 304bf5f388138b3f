// SPDX-License-Identifier: Apache-2.0
// memcached server, text and binary protocol over TCP, text in its UDP frame (memcached's doc/protocol.txt).
//
// Over UDP memcached is the worst amplifier there is: stats are never told there and nothing can be stored, so that an
// answer is a few bytes whatever is asked. Of what is set over TCP nothing is kept. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kMemcached;

}  // namespace portolan::proto
