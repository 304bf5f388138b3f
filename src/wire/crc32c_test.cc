// SPDX-License-Identifier: Apache-2.0
#include "wire/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string_view>
#include <vector>

namespace portolan::wire::crc32c_test {
namespace {

base::Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0x00)), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0xff)), 0x62a8ab43u);
}

TEST(Crc32c, TheTableKnowsThemToo) { EXPECT_EQ(~crc32c_step_table(kCrc32cStart, bytes_of("123456789")), 0xe3069283u); }

RC_GTEST_PROP(Crc32c, InstructionAndTableAgree, (uint32_t state, const std::vector<uint8_t>& bytes)) {
  RC_ASSERT(crc32c_step(state, bytes) == crc32c_step_table(state, bytes));
}

RC_GTEST_PROP(Crc32c, PiecesMakeTheWhole, (const std::vector<uint8_t>& bytes)) {
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size() + 1);
  const base::Bytes all(bytes);
  RC_ASSERT(~crc32c_step(crc32c_step(kCrc32cStart, all.first(cut)), all.subspan(cut)) == crc32c(all));
}

}  // namespace
}  // namespace portolan::wire::crc32c_test
