// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "portolan/scan_options.h"
#include "portolan/self_check.h"

namespace portolan::cli::scan_questions_test {
namespace {

using addr::IpAddress;
using testing::HasSubstr;

TEST(ScanQuestions, EveryOptionOfNmapIsKnown) {
  for (const std::string_view word : nmap_words()) {
    const bool known = word.starts_with("--") ? scan_table().find(word.substr(2)) != nullptr
                                              : scan_table().find_short(word).option != nullptr;
    EXPECT_TRUE(known) << word;
  }
}

TEST(ScanQuestions, NmapsOptionsAreToldFromTheTable) {
  const std::string text = nmap_text(scan_table(), 100);
  EXPECT_THAT(text, HasSubstr("\n  -F  "));
  EXPECT_THAT(text, HasSubstr("\n  -sT  "));
  for (const std::string_view word : nmap_words()) EXPECT_THAT(text, HasSubstr("\n  " + std::string(word))) << word;
  const size_t refused = text.find("\nnmap's options that do not, ");
  ASSERT_NE(refused, std::string::npos);
  EXPECT_LT(text.find("\n  -sS"), refused);
  EXPECT_GT(text.find("\n  -sT"), refused);
}

// What python-masscan looks for.
TEST(ScanQuestions, WrappersFindMasscansVersion) {
  const std::string text = version_text(Persona::kMasscan);
  EXPECT_TRUE(std::regex_search(text, std::regex("\nMasscan version [0-9]*\\.[0-9]*[^ ]* \\( https?://.* \\)")))
      << text;
  EXPECT_THAT(version_text(Persona::kPortolan), testing::StartsWith("portolan "));
  EXPECT_THAT(version_text(Persona::kPortolan), HasSubstr(" xdp af_xdp packet\n"));
}

host::Hop hop(uint32_t first, uint32_t last, std::optional<IpAddress> gateway) {
  return {IpAddress::v4(first), IpAddress::v4(last), 2, IpAddress::v4(0x0a630002), gateway};
}

TEST(ScanQuestions, ARouterIsWhatMostAddressesAreBehind) {
  host::Vantage v;
  v.hops = {hop(0x01000000, 0x09ffffff, IpAddress::v4(1)), hop(0x0a000000, 0x0a0000ff, IpAddress::v4(2)),
            hop(0x0b000000, 0xdfffffff, IpAddress::v4(1)), hop(0xc0000200, 0xffffffff, std::nullopt)};
  EXPECT_EQ(routers_of(v), std::vector{IpAddress::v4(1)});
  EXPECT_TRUE(routers_of({}).empty());
}

TEST(ScanQuestions, InterfacesAreToldInOneLineEach) {
  const host::Interface lo{1, "lo", host::LinkKind::kLoopback, true, 65536, {}, {{IpAddress::v4(0x7f000001), 8}}};
  const host::Interface eth{2, "eth0", host::LinkKind::kEthernet, false, 1500, {{2, 0, 0, 0, 0, 1}}, {}};
  EXPECT_EQ(interfaces_text({lo, eth}, {{}, {IpAddress::v4(0x0a630001)}}),
            "index  name            kind      state    mtu  mac                addresses; routers\n"
            "    1  lo              loopback  up     65536  -                  127.0.0.1/8\n"
            "    2  eth0            ethernet  down    1500  02:00:00:00:00:01  -; 10.99.0.1\n");
}

TEST(SelfTest, EachCheckHolds) {
  EXPECT_GE(self_checks().size(), 7u);
  for (const SelfCheck& check : self_checks()) EXPECT_TRUE(check.holds()) << check.what;
}

}  // namespace
}  // namespace portolan::cli::scan_questions_test
