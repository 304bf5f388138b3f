// SPDX-License-Identifier: Apache-2.0
// DNS on any port, UDP and TCP: every name exists, and its address is the one that was asked.
//
// Style::kModern answers what resolvers ask today: EDNS, the usual types, negative answers with SOA, version.bind; when
// too little may be said it says so (TC) in no more bytes than the query had. Style::kMasscanned knows A alone. Never
// answers a response. A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kDns;

}  // namespace portolan::proto
