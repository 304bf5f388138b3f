// SPDX-License-Identifier: Apache-2.0
// Telnet server (RFC 854, RFC 855, RFC 1091): a login prompt on a machine that nobody gets into.
//
// Option negotiation is understood and never loops: an answer is given only to what would change something (RFC 1143).
// Names and passwords are taken by the line, so the client echoes what is typed, and is told not to for the password.
// A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kTelnet;

}  // namespace portolan::proto
