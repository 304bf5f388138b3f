// SPDX-License-Identifier: Apache-2.0
// SMTP server (RFC 5321, RFC 4954): a mail exchanger that takes names, passwords and envelopes, and no mail.
//
// Never a relay: every recipient is refused, so DATA never begins. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSmtp;

}  // namespace portolan::proto
