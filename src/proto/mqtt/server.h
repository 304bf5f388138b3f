// SPDX-License-Identifier: Apache-2.0
// MQTT broker, versions 3.1, 3.1.1 and 5 (OASIS standards): open to those who come without a password.
//
// Whoever brings a name and a password is told that they are wrong. Messages are acknowledged and forgotten, and none
// is ever delivered. A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kMqtt;

}  // namespace portolan::proto
