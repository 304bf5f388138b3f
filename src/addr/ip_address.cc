// SPDX-License-Identifier: Apache-2.0
#include "addr/ip_address.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace portolan::addr {
namespace {

struct Run {
  size_t begin = 0;
  size_t length = 0;
};

// The longest run of zero groups, the first of equals; a single zero group is not a run (RFC 5952, 4.2).
Run longest_zero_run(const std::array<uint16_t, 8>& groups) {
  Run best;
  for (size_t i = 0; i < groups.size();) {
    size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > best.length && end - i >= 2) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

std::string v6_text(uint64_t hi, uint64_t lo) {
  std::array<uint16_t, 8> groups;
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<uint16_t>((i < 4 ? hi : lo) >> (48 - 16 * (i % 4)));
  const Run run = longest_zero_run(groups);
  std::string text;
  for (size_t i = 0; i < 8;) {
    if (run.length != 0 && i == run.begin) {
      text += "::";
      i += run.length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    fmt::format_to(std::back_inserter(text), "{:x}", groups[i++]);
  }
  return text;
}

}  // namespace

std::string IpAddress::to_string() const {
  if (!is_v4()) return v6_text(hi_, lo_);
  const uint32_t a = v4_bits();
  return fmt::format("{}.{}.{}.{}", a >> 24, (a >> 16) & 0xff, (a >> 8) & 0xff, a & 0xff);
}

}  // namespace portolan::addr
