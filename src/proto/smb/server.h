// SPDX-License-Identifier: Apache-2.0
// SMB1 and SMB2 on any port, TCP and UDP, with or without NetBIOS framing: negotiation and log-on, which always fails.
//
// Style::kModern speaks the highest common dialect up to 3.1.1, sends an NTLM challenge and takes down who answers it.
// Style::kMasscanned chooses the lowest and leaves it at the challenge. Messages with the response flag are ignored.
// A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSmb;

}  // namespace portolan::proto
