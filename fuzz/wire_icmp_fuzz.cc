// SPDX-License-Identifier: Apache-2.0
// Icmpv4View and Icmpv6View over any bytes, and the packet that an error quotes.
#include <vector>

#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/quote.h"

using namespace portolan;

static void read_quote(base::Bytes quoted, addr::Family family) {
  const auto probe = wire::QuotedProbe::check(quoted, family);
  if (!probe) return;
  if (probe->transport().size() < wire::QuotedProbe::kTransportMin) __builtin_trap();
  if (probe->transport().data() + probe->transport().size() != quoted.data() + quoted.size()) __builtin_trap();
  if (probe->source().family() != family || probe->destination().family() != family) __builtin_trap();
  volatile uint32_t sink = probe->tcp_sequence() ^ probe->udp_length() ^ probe->udp_checksum() ^ probe->icmp_rest() ^
                           probe->source_port() ^ probe->destination_port() ^ probe->sctp_initiate_tag().value_or(0) ^
                           probe->ip_id();
  static_cast<void>(sink);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Bytes bytes(data, size);
  if (const auto icmp = wire::Icmpv4View::check(bytes)) {
    if (icmp->is_error()) read_quote(icmp->payload(), addr::Family::kIpv4);
    std::vector<uint8_t> again(size);
    emit(icmp->value(), again);
    if (!wire::Icmpv4View::check(again)->checksum_ok()) __builtin_trap();
  }
  if (const auto icmp = wire::Icmpv6View::check(bytes)) {
    if (icmp->is_error()) read_quote(icmp->payload(), addr::Family::kIpv6);
    const wire::Endpoints ends{addr::IpAddress::v6(1), addr::IpAddress::v6(2)};
    std::vector<uint8_t> again(size);
    emit(icmp->value(), ends, again);
    if (!wire::Icmpv6View::check(again)->checksum_ok(ends)) __builtin_trap();
  }
  return 0;
}
