// SPDX-License-Identifier: Apache-2.0
// STUN binding requests on any port, UDP and TCP: the client is told its address and port.
//
// Style::kModern is RFC 8489, and RFC 3489 to clients without the magic cookie. Style::kMasscanned answers with
// MAPPED-ADDRESS alone. Only requests are answered, never indications or responses. A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kStun;

}  // namespace portolan::proto
