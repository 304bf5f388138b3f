// SPDX-License-Identifier: Apache-2.0
// NTP server (RFC 5905), stratum 2: tells the time of the session to clients, in 48 bytes for 48.
//
// Control and private messages (modes 6 and 7), which have been the worst of amplifiers, are told to the log and never
// answered; nor is any other mode than the client's, so that two servers have nothing to say. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kNtp;

}  // namespace portolan::proto
