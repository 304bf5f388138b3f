// SPDX-License-Identifier: Apache-2.0
// FTP server (RFC 959, RFC 2389): greets, asks for a name and a password, and lets nobody in.
//
// Not a file store: nothing can be listed, fetched or put, and no data connection is ever made. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kFtp;

}  // namespace portolan::proto
