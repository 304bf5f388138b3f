// SPDX-License-Identifier: Apache-2.0
#include "base/siphash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

namespace portolan::base::siphash_test {
namespace {

// Appendix A of the paper: key 00..0f, message 00..0e.
TEST(SipHash, PaperVector) {
  std::array<uint8_t, 15> message{};
  std::iota(message.begin(), message.end(), uint8_t{0});
  const SipKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  EXPECT_EQ(siphash_bytes(key, message), 0xa129ca6149be45e5u);
}

RC_GTEST_PROP(SipHash, WordsAreTheirBytes, (uint64_t k0, uint64_t k1, uint64_t a, uint64_t b, uint64_t c)) {
  const SipKey key{k0, k1};
  std::array<uint8_t, 24> bytes{};
  std::memcpy(bytes.data(), &a, 8);
  std::memcpy(bytes.data() + 8, &b, 8);
  std::memcpy(bytes.data() + 16, &c, 8);
  RC_ASSERT(siphash(key, a, b, c) == siphash_bytes(key, bytes));
  RC_ASSERT(siphash(key, a, b) == siphash_bytes(key, Bytes(bytes).first(16)));
}

TEST(SipHash, DrawnKeysDiffer) { EXPECT_FALSE(SipKey::draw() == SipKey::draw()); }

}  // namespace
}  // namespace portolan::base::siphash_test
