// SPDX-License-Identifier: Apache-2.0
#include "wire/token_place.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace portolan::wire::token_place_test {
namespace {

TEST(TokenPlace, WritesBigEndian) {
  using V = std::vector<uint8_t>;
  V bytes(9, 0xee);
  TokenPlace{.offset = 0, .width = 2}.store(bytes.data(), 0xcafebabe);
  EXPECT_EQ(bytes, (V{0xba, 0xbe, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee}));
  TokenPlace{.offset = 1, .width = 4}.store(bytes.data(), 0xcafebabe);
  EXPECT_EQ(bytes, (V{0xba, 0xca, 0xfe, 0xba, 0xbe, 0xee, 0xee, 0xee, 0xee}));
  TokenPlace{.offset = 1, .width = 8}.store(bytes.data(), 0xcafebabe);
  EXPECT_EQ(bytes, (V{0xba, 0xca, 0xfe, 0xba, 0xbe, 0xca, 0xfe, 0xba, 0xbe}));
}

RC_GTEST_PROP(TokenPlace, HoldsWhatItStored, (uint32_t token, uint32_t other)) {
  const TokenPlace place{.offset = *rc::gen::inRange<uint16_t>(0, 10),
                         .width = *rc::gen::element<uint8_t>(uint8_t{2}, uint8_t{4}, uint8_t{8})};
  std::vector<uint8_t> payload(size_t{place.offset} + place.width);
  place.store(payload.data(), token);
  RC_ASSERT(place.holds(payload, token));
  RC_ASSERT(place.holds(payload, other) == (place.image(token) == place.image(other)));
  payload.pop_back();
  RC_ASSERT(!place.holds(payload, token));
  RC_ASSERT(!place.holds({}, token));
}

}  // namespace
}  // namespace portolan::wire::token_place_test
