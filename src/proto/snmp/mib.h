// SPDX-License-Identifier: Apache-2.0
// The variables that the SNMP agent has: the scalars of the system group (RFC 3418), in the order of their names.
//
// Names are object identifiers in BER contents. Pure functions, any thread.
#pragma once

#include "proto/ber.h"
#include "proto/server.h"

namespace portolan::proto::snmp {

inline constexpr size_t kVariables = 7;

// The name of the i-th. REQUIRES: i < kVariables.
base::Bytes name_of(size_t i);
// The variable of that name; kVariables: there is none.
size_t find(base::Bytes name);
// The first one behind that name; kVariables: there is none.
size_t next(base::Bytes name);
// The value of the i-th as an element. REQUIRES: i < kVariables.
void say_value(const Session& session, size_t i, BerWriter& out);

}  // namespace portolan::proto::snmp
