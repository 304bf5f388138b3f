// SPDX-License-Identifier: Apache-2.0
// SSDP: what a UPnP gateway answers to a search (UPnP Device Architecture 1.1, 1.3).
//
// The answer is some three times as long as a search and has no shorter form: over UDP it leaves only where the caller
// allows that many bytes. Notifications and responses are never answered. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSsdp;

}  // namespace portolan::proto
