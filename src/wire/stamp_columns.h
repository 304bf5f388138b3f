// SPDX-License-Identifier: Apache-2.0
// Template::stamp() for a whole burst of one template and one MAC address, from columns: the sender's fast path.
//
// What varies in a frame is computed for all frames of the burst first, eight at a time with AVX-512, four with AVX2
// (found at run time): three or four words a frame, checksums folded, in the order of the wire. Then each frame is a
// copy and a few stores. Probes over TCP, UDP and ICMP go this way; the others one by one. Every form gives what
// stamp() gives, as a test shows. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "addr/mac_address.h"
#include "base/column.h"
#include "base/lanes.h"
#include "wire/template.h"

namespace portolan::wire {

// Stamp, in columns; in host order.
struct StampColumns {
  const base::Column& high;   // of the destination, as IpAddress::hi(); not read for IPv4
  const base::Column& low;    // IpAddress::lo(), or the 32 bits of an IPv4 address
  const base::Column& ports;  // source << 16 | destination
  const base::Column& token;  // 32 bits
  const base::Column& ip_id;  // 16 bits
};

// The i-th of them as one.
inline Stamp stamp_at(const StampColumns& in, size_t i, const addr::MacAddress& mac, bool is_v4) {
  return {.destination = is_v4 ? addr::IpAddress::v4(static_cast<uint32_t>(in.low[i]))
                               : addr::IpAddress::v6(base::make_u128(in.high[i], in.low[i])),
          .destination_mac = mac,
          .source_port = static_cast<uint16_t>(in.ports[i] >> 16),
          .destination_port = static_cast<uint16_t>(in.ports[i]),
          .token = static_cast<uint32_t>(in.token[i]),
          .ip_id = static_cast<uint16_t>(in.ip_id[i])};
}

// REQUIRES: out.size() <= base::kColumnSize; probe.length() writable bytes at each out[i].
void stamp_columns(const Template& probe, const addr::MacAddress& mac, const StampColumns& in,
                   std::span<uint8_t* const> out);

// In the form of your choice. REQUIRES: base::is_supported(lanes), and as above.
void stamp_columns(const Template& probe, const addr::MacAddress& mac, const StampColumns& in,
                   std::span<uint8_t* const> out, base::LaneCount lanes);

}  // namespace portolan::wire
