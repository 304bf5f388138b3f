// SPDX-License-Identifier: Apache-2.0
// SNMP version 3, as far as a stranger gets: what the user-based security model reports to him (RFC 3414, 3.2 and 4).
#pragma once

#include "proto/server.h"

namespace portolan::proto::snmp {

// Serves one message of version 3. Silent, and taken, when it is not a request that wants a report.
Step serve_version3(const Session& session, base::Bytes datagram, Answer& out);

}  // namespace portolan::proto::snmp
