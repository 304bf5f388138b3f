// SPDX-License-Identifier: Apache-2.0
// QUIC, version negotiation (RFC 8999, RFC 9000 6 and 17.2.1): tells whoever comes that his version is not spoken here.
//
// There is no QUIC behind it: the versions that are offered are those that no client of today has. Only datagrams of at
// least 1200 bytes are answered, and version negotiation never is. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kQuic;

}  // namespace portolan::proto
