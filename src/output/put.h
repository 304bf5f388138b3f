// SPDX-License-Identifier: Apache-2.0
// Numbers, addresses and times into a string, by hand: what every record of every format is made of.
//
// A scan may find a million results a second, and general formatting is most of the cost of a record. For text that is
// written once (headers, messages) use fmt. Pure: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/clock.h"

namespace portolan::output {

void put(std::string& out, uint64_t number);
void put(std::string& out, const addr::IpAddress& address);  // as IpAddress::to_string()
void put(std::string& out, const addr::MacAddress& mac);
// The address as it stands before ":port": IPv6 in brackets.
void put_bracketed(std::string& out, const addr::IpAddress& address);
// result::rfc3339(): 2023-11-14T22:13:20.123Z
void put_time(std::string& out, base::Nanos wall);
// Whole seconds since 1970; 0 for times before it.
void put_seconds(std::string& out, base::Nanos wall);
void put_padded(std::string& out, uint64_t number, size_t width);  // with blanks on the left
void put_hex_byte(std::string& out, uint8_t byte);                 // 0a
void put_utf8(std::string& out, uint32_t code_point);              // RFC 3629

}  // namespace portolan::output
