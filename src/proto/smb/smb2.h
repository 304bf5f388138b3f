// SPDX-License-Identifier: Apache-2.0
// SMB2 and SMB3 (MS-SMB2): what is said to Negotiate and Session Setup, in both styles.
//
// A message is without its NetBIOS header. Pure but for what is written; any thread, no allocation.
#pragma once

#include <optional>

#include "base/cursor.h"
#include "proto/server.h"

namespace portolan::proto::smb2 {

inline constexpr size_t kHeader = 64;
inline constexpr uint16_t kAnyDialect = 0x02ff;  // of a client that began with SMB1: it shall ask again

// How long the message in front of the bytes is, by its own counts; nullopt: they are not there yet.
std::optional<size_t> size_of(base::Bytes bytes);

// Writes the reply, tells facts to `out`; nothing is written: it stays silent. REQUIRES: at least kHeader bytes.
void serve(const Session& session, base::Bytes message, base::Writer& reply, Answer& out);

// The reply to an SMB1 Negotiate that offers SMB2.
void put_upgrade(const Session& session, uint16_t dialect, base::Writer& reply);

}  // namespace portolan::proto::smb2
