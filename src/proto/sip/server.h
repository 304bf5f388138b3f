// SPDX-License-Identifier: Apache-2.0
// SIP user agent server (RFC 3261, RFC 3581) over UDP and TCP: a telephone exchange that nobody is registered with.
//
// OPTIONS is answered, REGISTER challenged (and refused when it comes with credentials), calls find nobody. ACK and
// responses are never answered. Over UDP, what makes an answer longer than allowed is left out of it. A constant; any
// thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSip;

}  // namespace portolan::proto
