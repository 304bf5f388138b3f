// SPDX-License-Identifier: Apache-2.0
// POP3 server (RFC 1939, RFC 2449, RFC 5034): a mailbox that nobody gets into.
//
// A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kPop3;

}  // namespace portolan::proto
