// SPDX-License-Identifier: Apache-2.0
// probe_identity.h for a whole burst, in columns: what follows from the hashes of wire::cookie_columns(). Eight words
// at a time with AVX-512, four with AVX2 (found at run time). Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/column.h"
#include "base/lanes.h"
#include "scan/plan.h"

namespace portolan::scan {

struct IdentityInput {
  const base::Column& hash;
  const base::Column& service;  // wire::cookie_service() of (port, cookie_tag())
};
struct IdentityColumns {
  base::Column& ports;  // source_port_of() << 16 | their port
  base::Column& token;
  base::Column& ip_id;  // ip_id_of()
};

// addr::service_key() made wire::cookie_service() of the same port and protocol, in place.
void service_columns(base::Column& service, size_t count);

// REQUIRES: count <= base::kColumnSize, pass_offset < ports.size().
void identity_columns(const IdentityInput& in, const SourcePorts& ports, uint32_t pass_offset, size_t count,
                      const IdentityColumns& out);
// In the form of your choice. REQUIRES: base::is_supported(lanes), and as above.
void identity_columns(const IdentityInput& in, const SourcePorts& ports, uint32_t pass_offset, size_t count,
                      const IdentityColumns& out, base::LaneCount lanes);

}  // namespace portolan::scan
