// SPDX-License-Identifier: Apache-2.0
// HTTP on any port, TCP and UDP: every request is asked for a name and a password (401), and what it brings is told.
//
// Style::kModern is HTTP/1.1 as of RFC 9110 and RFC 9112 by a server that looks like nginx; the preface of HTTP/2
// (RFC 9113) is answered with SETTINGS and GOAWAY. Style::kMasscanned is the page of masscanned 0.2.0, byte for byte.
// A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kHttp;

}  // namespace portolan::proto
