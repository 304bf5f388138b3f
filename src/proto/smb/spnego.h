// SPDX-License-Identifier: Apache-2.0
// Security tokens of a server: what it can (NegTokenInit2, MS-SPNG 2.2.1) and its challenge (NegTokenResp, RFC 4178).
//
// Pure functions, any thread, no allocation.
#pragma once

#include "base/cursor.h"
#include "proto/server.h"

namespace portolan::proto::smb {

inline constexpr size_t kMostToken = 768;  // of those below

// NTLM alone, with the hint that says nothing.
void put_offer(base::Writer& out);
// NEGOEX and NTLM, 320 bytes, always the same.
void put_masscanned_offer(base::Writer& out);

// The NTLM challenge for a client's token: wrapped as that one is, in a NegTokenResp or bare. A client that asks for
// another mechanism is told that NTLM is the one.
void put_challenge_token(const Session& session, base::Bytes client_token, base::Writer& out);
// 159 bytes, always the same.
void put_masscanned_challenge_token(base::Writer& out);

}  // namespace portolan::proto::smb
