// SPDX-License-Identifier: Apache-2.0
// Names that people use for numbers: host names for addresses, service names for ports.
//
// Host names are resolved by the system's resolver, all addresses of both families, once, before anything is sent. It
// blocks, for seconds when no name server answers. Names under .invalid are not asked for (RFC 6761, 6.4).
// Main thread only: resolver and service tables keep state in the C library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/ip_address.h"
#include "addr/target.h"

namespace portolan::cli {

// Letters, digits and hyphens between dots, and not something that is meant to be an address: the last label holds a
// letter and is no hexadecimal number. "10.0.0.256", "10.0.0" and "0x7f.1" are not names, whatever resolvers make of
// them.
bool looks_like_host_name(std::string_view text);

// Sorted, without duplicates, at least one. The error is the resolver's words. REQUIRES: looks_like_host_name(name).
tl::expected<std::vector<addr::IpAddress>, std::string> resolve_host(const std::string& name);

// The number of a service, or of an IP protocol when `protocol` is ip. From the system's tables, and from small ones of
// our own where those have nothing (or are not installed).
std::optional<uint16_t> service_port(std::string_view name, addr::Protocol protocol);

}  // namespace portolan::cli
