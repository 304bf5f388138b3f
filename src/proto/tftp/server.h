// SPDX-License-Identifier: Apache-2.0
// TFTP server (RFC 1350): has no file and takes none.
//
// Answers requests only, with an error whose text is left out when it would make the answer longer than was asked;
// data, acknowledgments and errors are never answered. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kTftp;

}  // namespace portolan::proto
