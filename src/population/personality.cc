// SPDX-License-Identifier: Apache-2.0
#include "population/personality.h"

#include <algorithm>

#include "base/cursor.h"

namespace portolan::population {
namespace {

using Layouts = std::array<std::string_view, 8>;

// Places: nothing, W, S, WS, T, WT, ST, WST.
constexpr Layouts kLinux{"M", "MNW", "MNNS", "MNNSNW", "MNNT", "MNNTNW", "MST", "MSTNW"};
constexpr Layouts kWindows{"M", "MNW", "MNNS", "MNWNNS", "MNNT", "MNWNNT", "MST", "MNWST"};
constexpr Layouts kFreebsd{"M", "MNW", "MSEE", "MNWSEE", "MNNT", "MNWNNT", "MST", "MNWST"};
constexpr Layouts kOpenbsd{"M", "MNW", "MNNS", "MNNSNW", "MNNT", "MNWNNT", "MNNSNNT", "MNNSNWNNT"};
constexpr Layouts kMacos{"M", "MNW", "MSEE", "MNWSEE", "MNNT", "MNWNNT", "MNNTSEE", "MNWNNTSEE"};
constexpr Layouts kPlain{"M", "M", "M", "M", "M", "M", "M", "M"};                        // no option but the size
constexpr Layouts kPrinter{"M", "MNW", "M", "MNW", "MNNT", "MNWNNT", "MNNT", "MNWNNT"};  // no SACK

constexpr uint16_t kQuoteAll = 548;    // 576 bytes of error in all (RFC 1812 4.3.2.3)
constexpr uint16_t kQuoteLittle = 28;  // a header and the 8 bytes of RFC 792

constexpr std::array<Personality, kPersonalities> kTable{{
    {"linux",
     {.ttl = 64,
      .tcp_id = kIdZero,
      .tcp_dont_fragment = 1,
      .icmp_id = kIdRandom,
      .error_tos = 0xc0,
      .echo_copies_tos = 1,
      .echo_copies_df = 0,
      .window_scale = 7,
      .window = 65160,
      .window_plain = 64240,
      .reset_window = 0,
      .quote = kQuoteAll,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kLinux},
    {"windows",
     {.ttl = 128,
      .tcp_id = kIdCounter,
      .tcp_dont_fragment = 1,
      .icmp_id = kIdCounter,
      .error_tos = 0,
      .echo_copies_tos = 0,
      .echo_copies_df = 0,
      .window_scale = 8,
      .window = 65535,
      .window_plain = 65535,
      .reset_window = 0,
      .quote = kQuoteAll,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kWindows},
    {"freebsd",
     {.ttl = 64,
      .tcp_id = kIdZero,
      .tcp_dont_fragment = 1,
      .icmp_id = kIdRandom,
      .error_tos = 0,
      .echo_copies_tos = 1,
      .echo_copies_df = 1,
      .window_scale = 6,
      .window = 65535,
      .window_plain = 65535,
      .reset_window = 0,
      .quote = kQuoteLittle,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kFreebsd},
    {"openbsd",
     {.ttl = 64,
      .tcp_id = kIdRandom,
      .tcp_dont_fragment = 1,
      .icmp_id = kIdRandom,
      .error_tos = 0,
      .echo_copies_tos = 1,
      .echo_copies_df = 1,
      .window_scale = 6,
      .window = 16384,
      .window_plain = 16384,
      .reset_window = 0,
      .quote = kQuoteLittle,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kOpenbsd},
    {"macos",
     {.ttl = 64,
      .tcp_id = kIdZero,
      .tcp_dont_fragment = 1,
      .icmp_id = kIdRandom,
      .error_tos = 0,
      .echo_copies_tos = 1,
      .echo_copies_df = 1,
      .window_scale = 6,
      .window = 65535,
      .window_plain = 65535,
      .reset_window = 0,
      .quote = kQuoteLittle,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kMacos},
    {"cisco",
     {.ttl = 255,
      .tcp_id = kIdRandom,
      .tcp_dont_fragment = 0,
      .icmp_id = kIdRandom,
      .error_tos = 0xc0,
      .echo_copies_tos = 1,
      .echo_copies_df = 1,
      .window_scale = 0,
      .window = 4128,
      .window_plain = 4128,
      .reset_window = 0,
      .quote = kQuoteLittle,
      .mss_v4 = 536,
      .mss_v6 = 1220},
     kPlain},
    {"printer",
     {.ttl = 64,
      .tcp_id = kIdCounter,
      .tcp_dont_fragment = 0,
      .icmp_id = kIdCounter,
      .error_tos = 0,
      .echo_copies_tos = 1,
      .echo_copies_df = 0,
      .window_scale = 0,
      .window = 8688,
      .window_plain = 8760,
      .reset_window = 0,
      .quote = kQuoteLittle,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kPrinter},
    {"embedded",  // lwIP
     {.ttl = 255,
      .tcp_id = kIdCounter,
      .tcp_dont_fragment = 0,
      .icmp_id = kIdCounter,
      .error_tos = 0,
      .echo_copies_tos = 0,
      .echo_copies_df = 0,
      .window_scale = 0,
      .window = 5840,
      .window_plain = 5840,
      .reset_window = 5840,
      .quote = kQuoteLittle,
      .mss_v4 = 1460,
      .mss_v6 = 1440},
     kPlain},
}};

}  // namespace

std::span<const Personality, kPersonalities> personalities() { return kTable; }

std::optional<uint8_t> find_personality(std::string_view name) {
  const auto at = std::find_if(kTable.begin(), kTable.end(), [&](const Personality& p) { return p.name == name; });
  if (at == kTable.end()) return std::nullopt;
  return static_cast<uint8_t>(at - kTable.begin());
}

size_t write_syn_ack_options(std::string_view layout, uint16_t mss, uint8_t window_scale, uint32_t clock, uint32_t echo,
                             base::MutableBytes out) {
  base::Writer w(out);
  for (const char letter : layout) {
    switch (letter) {
      case 'M':
        w.be32(0x02040000u | mss);
        break;
      case 'W':
        w.be16(0x0303), w.u8(window_scale);
        break;
      case 'S':
        w.be16(0x0402);
        break;
      case 'T':
        w.be16(0x080a), w.be32(clock), w.be32(echo);
        break;
      default:
        w.u8(letter == 'N' ? 1 : 0);
    }
  }
  return w.size();
}

}  // namespace portolan::population
