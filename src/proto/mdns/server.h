// SPDX-License-Identifier: Apache-2.0
// mDNS responder (RFC 6762) with service discovery (RFC 6763): the host's address, and its SSH and HTTP services.
//
// Answers by unicast, to resolvers that are no mDNS ones (another source port than 5353) in the legacy form. Answers
// have no shorter form. Responses (QR = 1) are never answered, and only port 5353 is served: DNS has the others.
// A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kMdns;

}  // namespace portolan::proto
