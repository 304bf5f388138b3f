// SPDX-License-Identifier: Apache-2.0
// A round of a log-on, the same in both generations of SMB: a challenge, or the refusal of who has answered one.
//
// Pure functions, any thread.
#pragma once

#include "base/bytes.h"
#include "proto/answer.h"

namespace portolan::proto::smb {

namespace status {
inline constexpr uint32_t kSuccess = 0;
inline constexpr uint32_t kMoreProcessingRequired = 0xc0000016;
inline constexpr uint32_t kInvalidParameter = 0xc000000d;
inline constexpr uint32_t kLogonFailure = 0xc000006d;
inline constexpr uint32_t kNotSupported = 0xc00000bb;
inline constexpr uint32_t kUserSessionDeleted = 0xc0000203;
inline constexpr uint32_t kSmbBadUid = 0x005b0002;
}  // namespace status

// What a client's token asks for: kMoreProcessingRequired, a challenge; else the refusal. Tells who it is.
uint32_t judge_token(base::Bytes token, Answer& out);

}  // namespace portolan::proto::smb
