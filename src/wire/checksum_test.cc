// SPDX-License-Identifier: Apache-2.0
#include "wire/checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace portolan::wire::checksum_test {
namespace {

// RFC 1071, section 4.1, word by word: what the fast form must equal.
uint16_t plain_checksum(base::Bytes bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    sum += uint32_t{bytes[i]} << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0u);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// RFC 1071, section 3: the sum of these is ddf2.
TEST(Checksum, RfcExample) {
  const std::array<uint8_t, 8> bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(Sum().add(bytes).fold(), 0xddf2);
  EXPECT_EQ(Sum().add(bytes).checksum(), 0x220d);
}

TEST(Checksum, EveryLengthAndAlignment) {
  std::vector<uint8_t> bytes(200);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 + 11);
  for (size_t from = 0; from < 8; ++from) {
    for (size_t size = 0; size <= 150; ++size) {
      const base::Bytes part = base::Bytes(bytes).subspan(from, size);
      ASSERT_EQ(Sum().add(part).checksum(), plain_checksum(part)) << from << ' ' << size;
    }
  }
}

TEST(Checksum, NoCarryIsLostInALargeDatagram) {
  const std::vector<uint8_t> bytes(65535, 0xff);
  EXPECT_EQ(Sum().add(bytes).checksum(), plain_checksum(bytes));
}

RC_GTEST_PROP(Checksum, EqualsTheTextbookForm, (const std::vector<uint8_t>& bytes)) {
  RC_ASSERT(Sum().add(bytes).checksum() == plain_checksum(bytes));
}

RC_GTEST_PROP(Checksum, EvenPiecesAddUpInAnyOrder, (const std::vector<uint8_t>& bytes)) {
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size() / 2 + 1) * 2;
  const base::Bytes all(bytes);
  RC_ASSERT(Sum().add(all.subspan(cut)).add(all.first(cut)).checksum() == plain_checksum(all));
}

RC_GTEST_PROP(Checksum, NumbersAddAsTheirBigEndianBytes, (uint16_t a, uint32_t b, uint64_t c)) {
  std::array<uint8_t, 14> bytes{};
  base::store_be16(&bytes[0], a);
  base::store_be32(&bytes[2], b);
  base::store_be64(&bytes[6], c);
  RC_ASSERT(Sum().add16(a).add32(b).add64(c).checksum() == plain_checksum(bytes));
  RC_ASSERT(Sum().add(Sum().add16(a)).add(Sum().add32(b).add64(c)).checksum() == plain_checksum(bytes));
}

RC_GTEST_PROP(Checksum, AStoredChecksumMakesTheSumRight, (std::vector<uint8_t> bytes)) {
  RC_PRE(bytes.size() >= 2);
  bytes[0] = bytes[1] = 0;
  Sum().add(bytes).store_checksum(bytes.data());
  RC_ASSERT(base::load_be16(bytes.data()) == plain_checksum(std::vector<uint8_t>(bytes.begin() + 2, bytes.end())));
  RC_ASSERT(Sum().add(bytes).ok());
}

TEST(Checksum, UdpNeverSendsZero) {
  std::array<uint8_t, 2> field{};
  const Sum all_ones = Sum().add16(0xffff);
  EXPECT_EQ(all_ones.checksum(), 0);
  all_ones.store_udp_checksum(field.data());
  EXPECT_EQ(base::load_be16(field.data()), 0xffff);
  Sum().add16(0x1234).store_udp_checksum(field.data());
  EXPECT_EQ(base::load_be16(field.data()), 0xedcb);
}

TEST(Checksum, PseudoHeaders) {
  const Endpoints v4{addr::IpAddress::v4(0xc0000201), addr::IpAddress::v4(0xc6336407)};
  const std::array<uint8_t, 12> v4_bytes{0xc0, 0, 2, 1, 0xc6, 0x33, 0x64, 7, 0, 6, 0x12, 0x34};
  EXPECT_EQ(pseudo_header(v4, 6, 0x1234).checksum(), plain_checksum(v4_bytes));

  const Endpoints v6{addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 1)),
                     addr::IpAddress::v6(base::make_u128(0x20010db8'00010000, 7))};
  std::array<uint8_t, 40> v6_bytes{};
  v6.source.store_v6(&v6_bytes[0]);
  v6.destination.store_v6(&v6_bytes[16]);
  base::store_be32(&v6_bytes[32], 0x12345);
  v6_bytes[39] = 17;
  EXPECT_EQ(pseudo_header(v6, 17, 0x12345).checksum(), plain_checksum(v6_bytes));
}

RC_GTEST_PROP(Checksum, IncrementalEqualsFull, (std::vector<uint8_t> bytes, uint16_t after, uint32_t after32)) {
  RC_PRE(bytes.size() >= 8);
  bytes.front() |= 1;  // RFC 1624 holds for data that is not all zero, before and after
  const size_t at = 2 + *rc::gen::inRange<size_t>(0, (bytes.size() - 6) / 2 + 1) * 2;
  const uint16_t checksum = plain_checksum(bytes);

  std::vector<uint8_t> changed = bytes;
  base::store_be16(&changed[at], after);
  RC_ASSERT(update_checksum(checksum, base::load_be16(&bytes[at]), after) == plain_checksum(changed));

  changed = bytes;
  base::store_be32(&changed[at], after32);
  RC_ASSERT(update_checksum32(checksum, base::load_be32(&bytes[at]), after32) == plain_checksum(changed));
}

// The case that RFC 1624 was written for: RFC 1141 gave 0xffff here.
TEST(Checksum, IncrementalCornerCase) { EXPECT_EQ(update_checksum(0xdd2f, 0x5555, 0x3285), 0x0000); }

}  // namespace
}  // namespace portolan::wire::checksum_test
