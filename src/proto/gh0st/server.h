// SPDX-License-Identifier: Apache-2.0
// Gh0st: the remote-access trojan's packets ("Gh0st", sizes, a zlib stream), answered with the shortest one.
//
// Its answers are requests to the same protocol, so it is reflexive over UDP. A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kGh0st;

}  // namespace portolan::proto
