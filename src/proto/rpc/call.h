// SPDX-License-Identifier: Apache-2.0
// Call: an RPC call (RFC 5531, section 9) as views into its bytes; and how replies to it begin.
//
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/cursor.h"
#include "proto/server.h"

namespace portolan::proto::rpc {

inline constexpr uint32_t kVersion = 2;   // of RPC itself
inline constexpr size_t kLeastCall = 40;  // with empty credential and verifier
inline constexpr uint32_t kPortMapper = 100000;

struct Call {
  uint32_t xid = 0;
  uint32_t rpc_version = 0;
  uint32_t program = 0;
  uint32_t version = 0;
  uint32_t procedure = 0;
  // Of an AUTH_SYS credential; none otherwise.
  std::string_view machine{};
  std::optional<uint32_t> user{};
  base::Bytes arguments{};
};

// nullopt: it is cut, or no call.
std::optional<Call> parse_call(base::Bytes message);

// Whether bytes begin a call, judged by its first 24.
Match looks_like_call(base::Bytes message);

enum class Accept : uint32_t {
  kSuccess = 0,
  kProgramUnavailable = 1,
  kProgramMismatch = 2,  // followed by the lowest and the highest version
  kProcedureUnavailable = 3,
  kGarbageArguments = 4,
  kSystemError = 5,
};

// The head of an accepted reply, with an empty verifier.
void put_accepted(base::Writer& out, const Call& call, Accept how);
// A whole reply: RPC itself is spoken in version 2 only.
void put_rpc_mismatch(base::Writer& out, const Call& call);

// XDR strings (RFC 4506, 4.11).
void put_string(base::Writer& out, std::string_view text);
std::string_view take_string(base::Reader& reader);

}  // namespace portolan::proto::rpc
