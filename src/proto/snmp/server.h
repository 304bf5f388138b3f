// SPDX-License-Identifier: Apache-2.0
// SNMP agent: versions 1 (RFC 1157) and 2c (RFC 3416) with the system group of MIB-II (RFC 3418), and the engine
// discovery of version 3 (RFC 3414).
//
// Communities "public" and "private" are answered; others are told to the log and not answered, as agents do. What
// does not fit is answered by tooBig. Responses, traps and reports are never answered. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSnmp;

}  // namespace portolan::proto
