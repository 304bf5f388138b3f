// SPDX-License-Identifier: Apache-2.0
// VNC server (RFC 6143, the Remote Framebuffer protocol 3.3, 3.7 and 3.8): asks for the password and refuses it.
//
// The challenge and the client's response are told as facts, so that a guessed password can be found out offline.
// A constant; any thread.
#pragma once

#include "proto/server.h"

namespace portolan::proto {

extern const Server kVnc;

}  // namespace portolan::proto
