// SPDX-License-Identifier: Apache-2.0
// SMB1 (MS-CIFS, MS-SMB): what is said to Negotiate and Session Setup, in both styles.
//
// A message is without its NetBIOS header. Pure but for what is written; any thread, no allocation.
#pragma once

#include <optional>

#include "base/cursor.h"
#include "proto/server.h"

namespace portolan::proto::smb1 {

inline constexpr size_t kHeader = 32;

// How long the message in front of the bytes is, by its own counts; nullopt: they are not there yet.
std::optional<size_t> size_of(base::Bytes bytes);

// Writes the reply, tells facts to `out`; nothing is written: it stays silent. REQUIRES: at least kHeader bytes.
void serve(const Session& session, base::Bytes message, base::Writer& reply, Answer& out);

}  // namespace portolan::proto::smb1
