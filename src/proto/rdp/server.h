// SPDX-License-Identifier: Apache-2.0
// RDP server, connection initiation (MS-RDPBCGR 2.2.1.1 and 2.2.1.2; TPKT: RFC 1006, X.224): confirms the connection in
// the best security protocol that the client knows, and fails behind it.
//
// Tells who wants in (the cookie) and with what; there is no desktop and no TLS inside. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kRdp;

}  // namespace portolan::proto
