// SPDX-License-Identifier: Apache-2.0
// What a name server says to a query, in both styles, as a message without TCP's length.
//
// Pure but for what is written; any thread, no allocation.
#pragma once

#include "base/cursor.h"
#include "proto/dns/message.h"
#include "proto/server.h"

namespace portolan::proto::dns {

inline constexpr size_t kMostReply = 1024;  // room that reply() needs

// At most `most` bytes, if need be by truncation: question and EDNS alone, or a bare header.
void reply(const Session& session, base::Bytes message, const Query& query, size_t most, base::Writer& out);

// masscanned 0.2.0: an A record for each question; false, and nothing written: one of them asks for something else.
bool reply_masscanned(const Session& session, base::Bytes message, const Query& query, base::Writer& out);

}  // namespace portolan::proto::dns
