// SPDX-License-Identifier: Apache-2.0
// The values in a rules file that are texts with a grammar of their own: ports, addresses, where to forward to.
//
// Used by rules_reader.cc. Pure functions; they allocate. Any thread.
#pragma once

#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/grammar.h"
#include "addr/range_list.h"
#include "base/int128.h"
#include "respond/own_addresses.h"
#include "respond/rules.h"

namespace portolan::respond {

// "8000-8100,9000" is added to the spans.
tl::expected<void, addr::TextError> add_ports(std::string_view text, std::vector<PortSpan>& spans);
// In order, and those that overlap made one.
std::vector<PortSpan> settle_ports(std::vector<PortSpan> spans);

// "10.0.0.5:22", "[2001:db8::5]:22".
tl::expected<ForwardTo, addr::TextError> parse_forward(std::string_view text);

// Addresses, ranges and prefixes of both families, collected.
class AddressCollector {
 public:
  tl::expected<void, addr::TextError> add(std::string_view text);
  AddressSet take() { return {std::move(v4_), std::move(v6_)}; }

 private:
  addr::RangeList<uint32_t> v4_;
  addr::RangeList<base::u128> v6_;
};

}  // namespace portolan::respond
