// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), the checksum of SCTP: RFC 9260, appendix A.
//
// Uses the processor's crc32 instruction where it has one (asked once, at start), a table otherwise; both give the
// same number, which a test holds. Pure functions, any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portolan::wire {

// The state before the first byte and the step from state to state, so that a CRC may be taken over pieces.
inline constexpr uint32_t kCrc32cStart = 0xffffffff;
uint32_t crc32c_step(uint32_t state, base::Bytes bytes);

// The finished CRC of a whole. crc32c("123456789") is 0xe3069283. SCTP stores it least significant byte first.
inline uint32_t crc32c(base::Bytes bytes) { return ~crc32c_step(kCrc32cStart, bytes); }

// The portable form of crc32c_step; for tests and processors without SSE 4.2.
uint32_t crc32c_step_table(uint32_t state, base::Bytes bytes);

}  // namespace portolan::wire
