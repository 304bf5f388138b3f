// SPDX-License-Identifier: Apache-2.0
#include "wire/syn_cookie.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/siphash.h"

namespace portolan::wire::syn_cookie_test {
namespace {

SynKeys keys_of(uint64_t seed, uint64_t epoch) { return {{seed, seed + 1}, {seed + 2, seed + 3}, epoch}; }

SynTuple any_tuple() {
  const bool v6 = *rc::gen::arbitrary<bool>();
  const auto word = [] { return *rc::gen::arbitrary<uint64_t>(); };
  return {v6 ? word() : 0, word(), v6 ? word() : 0, word(), word() & 0xffffffff, word() & 0xffffffff};
}

SynOffer any_offer() { return {*rc::gen::inRange<uint64_t>(0, 4), *rc::gen::inRange<uint64_t>(0, 16)}; }

RC_GTEST_PROP(SynCookie, BringsBackWhatTheSynOffered, ()) {
  const SynKeys keys = keys_of(*rc::gen::arbitrary<uint64_t>(), 7);
  const SynTuple tuple = any_tuple();
  const SynOffer offer = any_offer();
  const uint64_t cookie = syn_cookie(&keys, &tuple, &offer);
  RC_ASSERT((cookie >> 32) == 0u);
  SynOffer back{};
  RC_ASSERT(syn_cookie_ok(&keys, &tuple, cookie, &back) != 0);
  RC_ASSERT(back.mss_index == offer.mss_index);
  RC_ASSERT(back.window_scale == offer.window_scale);
}

RC_GTEST_PROP(SynCookie, LivesForTwoEpochsAndNotForThree, ()) {
  const SynTuple tuple = any_tuple();
  const SynOffer offer = any_offer();
  const SynKeys first{{1, 2}, {3, 4}, 5}, second{{6, 7}, {1, 2}, 6}, third{{8, 9}, {6, 7}, 7};
  const uint64_t cookie = syn_cookie(&first, &tuple, &offer);
  SynOffer back{};
  RC_ASSERT(syn_cookie_ok(&second, &tuple, cookie, &back) != 0);
  RC_ASSERT(syn_cookie_ok(&third, &tuple, cookie, &back) == 0);
}

RC_GTEST_PROP(SynCookie, IsOfOneTupleAlone, ()) {
  const SynKeys keys = keys_of(*rc::gen::arbitrary<uint64_t>(), 1);
  const SynTuple tuple = any_tuple();
  SynTuple other = tuple;
  uint64_t* const words[] = {&other.client_lo, &other.server_lo, &other.ports, &other.client_isn};
  *words[*rc::gen::inRange(0, 4)] ^= uint64_t{1} << *rc::gen::inRange(0, 32);
  const SynOffer offer = any_offer();
  SynOffer back{};
  RC_ASSERT(syn_cookie_ok(&keys, &other, syn_cookie(&keys, &tuple, &offer), &back) == 0);
}

TEST(SynCookie, HashIsSipHashOfTheWords) {
  const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const SynTuple v4{0, 0xffff0a000001, 0, 0xffff0a000002, 0x9c410050, 9};
  EXPECT_EQ(syn_hash(key, 3, &v4),
            base::siphash({key[0], key[1]}, v4.client_lo, v4.server_lo, v4.ports | 9ull << 32, 3ull));
  const SynTuple v6{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(syn_hash(key, 3, &v6), base::siphash({key[0], key[1]}, 2ull, 4ull, 5ull | 6ull << 32, 3ull, 1ull, 3ull));
}

TEST(SynCookie, RoundsAnMssDown) {
  for (const uint64_t mss : {0ull, 535ull, 536ull, 1219ull}) EXPECT_EQ(syn_mss(syn_mss_index(mss)), 536u);
  EXPECT_EQ(syn_mss(syn_mss_index(1220)), 1220u);
  EXPECT_EQ(syn_mss(syn_mss_index(1459)), 1440u);
  EXPECT_EQ(syn_mss(syn_mss_index(9000)), 1460u);
}

// A guess is right once in 2^25: of a million none or one should be.
TEST(SynCookie, IsNotGuessed) {
  const SynKeys keys = keys_of(42, 9);
  const SynTuple tuple{0, 1, 0, 2, 3, 4};
  int right = 0;
  SynOffer back{};
  for (uint64_t guess = 0; guess < 1'000'000; ++guess) {
    right += syn_cookie_ok(&keys, &tuple, (guess * 0x9e3779b1) & 0xffffffff, &back);
  }
  EXPECT_LE(right, 2);
}

}  // namespace
}  // namespace portolan::wire::syn_cookie_test
