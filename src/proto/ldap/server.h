// SPDX-License-Identifier: Apache-2.0
// LDAP server (RFC 4511, RFC 4512), over UDP as CLDAP: an anonymous bind, the root DSE, and nothing behind it.
//
// Passwords are taken and found wrong; every search but that of the root is refused. Over UDP an answer that does not
// fit is replaced by the bare result "administrative limit exceeded". A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kLdap;

}  // namespace portolan::proto
