// SPDX-License-Identifier: Apache-2.0
// MySQL server, connection phase (MySQL Internals, "Protocol::HandshakeV10"): greets, takes the name and the scrambled
// password, and denies access with error 1045.
//
// Not a database: no command is ever served. TLS is not offered. The scramble and the client's response are told as
// facts, so that a guessed password can be found out offline. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kMysql;

}  // namespace portolan::proto
