// SPDX-License-Identifier: Apache-2.0
#include "scan/kernel_receiver.h"

#include <algorithm>

namespace portolan::scan {

std::span<const xdp::Caught> KernelReceiver::poll(size_t most) {
  xdp::Caught* next = caught_.data();
  const size_t n = program_.poll(std::min(most, kBurst), [&](const xdp::Caught& c) { *next++ = c; });
  return {caught_.data(), n};
}

BulkReceived KernelReceiver::received() const {
  const xdp::CatchCounts c = program_.counters();
  BulkReceived r;
  r.recorded = c[xdp::kCatchRecorded];
  r.again = c[xdp::kCatchAgain];
  r.bad_cookie = c[xdp::kCatchBadCookie];
  r.bad_source_port = c[xdp::kCatchBadSourcePort];
  r.malformed_ipv4 = c[xdp::kCatchBadIpv4Checksum];
  r.malformed_tcp = c[xdp::kCatchBadTcpChecksum];
  r.malformed_icmpv4 = c[xdp::kCatchBadIcmpv4Checksum];
  r.malformed_icmpv6 = c[xdp::kCatchBadIcmpv6Checksum];
  r.dropped = c[xdp::kCatchRingFull];
  r.resets = c[xdp::kCatchResets];
  r.reset_bytes = c[xdp::kCatchResetBytes];
  return r;
}

}  // namespace portolan::scan
