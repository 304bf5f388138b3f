// SPDX-License-Identifier: Apache-2.0
// IMAP4rev1 server (RFC 3501, RFC 2971, RFC 4959, RFC 7888): mailboxes that nobody gets into.
//
// Understands quoted strings and both kinds of literals in LOGIN. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kImap;

}  // namespace portolan::proto
