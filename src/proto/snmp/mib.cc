// SPDX-License-Identifier: Apache-2.0
#include "proto/snmp/mib.h"

#include <fmt/format.h>

#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::snmp {

namespace {

constexpr uint8_t kTimeTicks = 0x43;
constexpr size_t kNameSize = 8;

// 1.3.6.1.2.1.1.n.0
constexpr std::array<uint8_t, kNameSize> name(uint8_t n) { return {0x2b, 6, 1, 2, 1, 1, n, 0}; }
constexpr std::array<std::array<uint8_t, kNameSize>, kVariables> kNames = {name(1), name(2), name(3), name(4),
                                                                           name(5), name(6), name(7)};

// 1.3.6.1.4.1.8072.3.2.10: Net-SNMP on Linux
constexpr std::array<uint8_t, 10> kNetSnmpLinux = {0x2b, 6, 1, 4, 1, 0xbf, 0x08, 3, 2, 10};

constexpr std::array<std::string_view, 4> kSystems = {
    "5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 (2024-01-31) x86_64",
    "4.15.0-213-generic #224-Ubuntu SMP Mon Jun 19 13:30:12 UTC 2023 x86_64",
    "3.10.0-1160.el7.x86_64 #1 SMP Mon Oct 19 16:18:59 UTC 2020 x86_64",
    "6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64",
};

void say_description(const Session& s, BerWriter& out) {
  std::array<char, 256> text;
  const auto end = fmt::format_to_n(text.data(), text.size(), "Linux {} {}", s.persona->host_name,
                                    pick(*s.persona, "snmp", kSystems));
  out.element(ber::kOctets, bytes_of({text.data(), std::min(end.size, text.size())}));
}

// Hundredths of a second since a start that every host has at another moment, at most 97 days ago.
uint32_t up_time(const Session& s) {
  constexpr uint64_t kLongest = uint64_t{97} * 86400 * 100;
  const auto now = static_cast<uint64_t>(s.wall / (10 * base::kMillisecond));
  return static_cast<uint32_t>((now + host_word(s, "snmp") % kLongest) % kLongest);
}

bool before(base::Bytes a, base::Bytes b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

base::Bytes name_of(size_t i) { return kNames[i]; }

size_t find(base::Bytes name) {
  for (size_t i = 0; i < kVariables; ++i) {
    if (text_of(name) == text_of(kNames[i])) return i;
  }
  return kVariables;
}

// The bytes' order is the names' order, because all numbers in our names take one byte and longer ones begin higher.
size_t next(base::Bytes name) {
  for (size_t i = 0; i < kVariables; ++i) {
    if (before(name, kNames[i])) return i;
  }
  return kVariables;
}

void say_value(const Session& s, size_t i, BerWriter& out) {
  switch (i) {
    case 0:
      return say_description(s, out);
    case 1:
      return out.element(ber::kOid, kNetSnmpLinux);
    case 2:
      return out.integer(up_time(s), kTimeTicks);
    case 3:
      return out.element(ber::kOctets, bytes_of("root"));
    case 4:
      return out.element(ber::kOctets, bytes_of(s.persona->host_name));
    case 5:
      return out.element(ber::kOctets, bytes_of("Unknown"));
    default:
      return out.integer(72);  // end-to-end and applications
  }
}

}  // namespace portolan::proto::snmp
