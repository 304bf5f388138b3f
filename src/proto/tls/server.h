// SPDX-License-Identifier: Apache-2.0
// TLS on any port: a handshake with a certificate for the name that the client asks for, then whatever protocol is
// inside, served as it would be without TLS.
//
// OpenSSL over memory BIOs, so it knows no sockets. A client is refused by an alert, without the cost of a connection,
// when as many as there may be are alive (TlsAuthority), when its hello is malformed, or when it is SSL 2. The inner
// conversation is a Dialogue: recognised by its first bytes; where the server speaks first it greets at the ports of
// such protocols over TLS (993, 995, 465, 990 ...), or after a silence. TLS inside TLS is not served.
// A persona without an authority does not speak TLS: what the client offers is told, and nothing answered.
// A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kTls;

}  // namespace portolan::proto
