// SPDX-License-Identifier: Apache-2.0
// Little-endian integers through base's big-endian cursors. Pure functions, any thread.
#pragma once

#include "base/cursor.h"

namespace portolan::proto::smb {

inline uint16_t le16(base::Reader& in) { return base::to_be(in.be16()); }
inline uint32_t le32(base::Reader& in) { return base::to_be(in.be32()); }
inline uint64_t le64(base::Reader& in) { return base::to_be(in.be64()); }

inline void put_le16(base::Writer& out, uint16_t v) { out.be16(base::to_be(v)); }
inline void put_le32(base::Writer& out, uint32_t v) { out.be32(base::to_be(v)); }
inline void put_le64(base::Writer& out, uint64_t v) { out.be64(base::to_be(v)); }

}  // namespace portolan::proto::smb
