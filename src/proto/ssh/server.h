// SPDX-License-Identifier: Apache-2.0
// SSH on any port, as far as the algorithms: banner, KEXINIT, and a disconnect when the key exchange itself would
// begin.
//
// Style::kModern looks like OpenSSH on Debian or Ubuntu and tells who the client is by its banner and its algorithms
// (HASSH). Style::kMasscanned says "SSH-2.0-1" and nothing else. A banner answers a banner, so it is reflexive over
// UDP. A constant.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kSsh;

}  // namespace portolan::proto
