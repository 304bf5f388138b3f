// SPDX-License-Identifier: Apache-2.0
// The header that tells a server behind us who the client is: the PROXY protocol, versions 1 and 2
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). Pure; any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "proto/server.h"

namespace portolan::respond {

inline constexpr size_t kMostProxyHeader = 107;  // version 1's longest line
using ProxyHeaderRoom = std::array<uint8_t, kMostProxyHeader>;

// The header of a TCP connection between these ends, written into `room`. `version`: 1, 2, or 0 for none. Ends of two
// families, which no connection has, are told as unknown.
base::Bytes write_proxy_header(uint8_t version, const proto::Ends& ends, ProxyHeaderRoom& room);

}  // namespace portolan::respond
