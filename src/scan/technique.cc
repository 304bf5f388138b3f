// SPDX-License-Identifier: Apache-2.0
#include "scan/technique.h"

#include "scan/probe_identity.h"

namespace portolan::scan {
namespace {

// In the order of addr::Protocol.
constexpr const Technique* kTechniques[] = {&kTcpSyn,        &kUdpProbe, &kSctpInit, &kIcmpEcho,
                                            &kIcmpTimestamp, &kArpScan,  &kNdpScan,  &kIpProtocol};
static_assert(std::size(kTechniques) == addr::kProtocolCount);

}  // namespace

const Technique& technique(addr::Protocol p) { return *kTechniques[static_cast<size_t>(p)]; }

std::span<const Technique* const> techniques() { return kTechniques; }

tl::expected<PortClaim, Count> port_claim(addr::Protocol protocol, const addr::IpAddress& ours, uint16_t our_port,
                                          const addr::IpAddress& theirs, uint16_t their_port, const Proving& proving) {
  const auto offset = proving.ports.offset_of(our_port);
  if (!offset) return tl::unexpected(Count::kNotOurs);
  PortClaim claim{{theirs, {protocol, their_port}}, {}, 0, proving.ports.slice_at(*offset)};
  claim.cookie = cookie_of(proving.key, ours, claim.target);
  const auto pass = pass_of(claim.cookie, proving.ports.slice(claim.slice), our_port, proving.retries);
  if (!pass) return tl::unexpected(Count::kBadSourcePort);
  claim.pass = *pass;
  return claim;
}

}  // namespace portolan::scan
