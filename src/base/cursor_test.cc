// SPDX-License-Identifier: Apache-2.0
#include "base/cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

#include "base/seqnum.h"

namespace portolan::base::cursor_test {
namespace {

TEST(Reader, FailsOnceAndStaysFailed) {
  const std::array<uint8_t, 3> bytes{1, 2, 3};
  Reader r(bytes);
  EXPECT_EQ(r.be16(), 0x0102);
  EXPECT_EQ(r.be16(), 0);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u8(), 0);
  EXPECT_EQ(r.left(), 0u);
}

TEST(Writer, WritesNothingPastTheEnd) {
  std::array<uint8_t, 4> bytes{9, 9, 9, 9};
  Writer w(MutableBytes(bytes).first(3));
  w.be16(0x0102);
  w.be16(0x0304);
  EXPECT_FALSE(w.ok());
  w.u8(5);
  EXPECT_EQ(w.size(), 2u);
  EXPECT_EQ(bytes[2], 9);
  EXPECT_EQ(bytes[3], 9);
}

RC_GTEST_PROP(Cursor, WhatIsWrittenReadsBack, (uint8_t a, uint16_t b, uint32_t c, uint64_t d)) {
  std::array<uint8_t, 15> bytes{};
  Writer w(bytes);
  w.u8(a), w.be16(b), w.be32(c), w.be64(d);
  RC_ASSERT(w.ok());
  Reader r(bytes);
  RC_ASSERT(r.u8() == a);
  RC_ASSERT(r.be16() == b);
  RC_ASSERT(r.be32() == c);
  RC_ASSERT(r.be64() == d);
  RC_ASSERT(r.ok());
}

RC_GTEST_PROP(SeqNum, OrderIsCircular, (uint32_t v)) {
  const uint32_t step = *rc::gen::inRange<uint32_t>(1, 0x7fffffff);
  RC_ASSERT(SeqNum(v).before(SeqNum(v) + step));
  RC_ASSERT(!(SeqNum(v) + step).before(SeqNum(v)));
  RC_ASSERT((SeqNum(v) + step) - SeqNum(v) == step);
}

}  // namespace
}  // namespace portolan::base::cursor_test
