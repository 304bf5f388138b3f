// SPDX-License-Identifier: Apache-2.0
#include "wire/sctp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::sctp_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kInitAck = behind(kSctpInitAck, 14 + 20);
const std::vector<uint8_t> kAborted = behind(kSctpAbort, 14 + 20);

TEST(Sctp, ReadsAnInitAck) {
  const auto view = SctpView::check(kInitAck);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source_port(), 3868);
  EXPECT_EQ(view->destination_port(), kOurPort);
  EXPECT_EQ(view->verification_tag(), kToken);
  EXPECT_EQ(view->first_chunk()->type, sctp_chunk::kInitAck);
  EXPECT_EQ(view->init(), (SctpInit{0xa1b2c3d4, 65536, 5, 6, 0x01020304}));
  EXPECT_TRUE(view->checksum_ok());
}

TEST(Sctp, ReadsAnAbort) {
  const auto view = SctpView::check(kAborted);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->first_chunk()->type, sctp_chunk::kAbort);
  EXPECT_FALSE(view->init());
  EXPECT_TRUE(view->checksum_ok());
}

TEST(Sctp, EveryFlippedBitIsSeen) {
  for (size_t bit = 0; bit < kInitAck.size() * 8; ++bit) {
    std::vector<uint8_t> spoilt = kInitAck;
    spoilt[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    const auto view = SctpView::check(spoilt);
    EXPECT_FALSE(view && view->checksum_ok()) << bit;
  }
}

std::vector<uint8_t> with_chunks(std::initializer_list<uint8_t> chunks) {
  std::vector<uint8_t> bytes = first(kInitAck, sctp_field::kSize);
  bytes.insert(bytes.end(), chunks);
  return bytes;
}

TEST(Sctp, RefusesMalformed) {
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedSctp},
      {"one byte short of a header", first(kInitAck, 11), Drop::kTruncatedSctp},
      {"chunk of one byte", with_chunks({6}), Drop::kSctpChunkLength},
      {"chunk of 3 bytes", with_chunks({6, 0, 0}), Drop::kSctpChunkLength},
      {"chunk length 0", with_chunks({6, 0, 0, 0}), Drop::kSctpChunkLength},
      {"chunk length 3", with_chunks({6, 0, 0, 3}), Drop::kSctpChunkLength},
      {"chunk past the end", with_chunks({6, 0, 0, 5}), Drop::kSctpChunkLength},
      {"chunk length 65535", with_chunks({6, 0, 0xff, 0xff}), Drop::kSctpChunkLength},
      {"INIT too short for its fields", with_chunks({1, 0, 0, 8, 1, 2, 3, 4}), Drop::kSctpChunkLength},
      {"INIT ACK too short for its fields", with_chunks({2, 0, 0, 8, 1, 2, 3, 4}), Drop::kSctpChunkLength},
      {"second chunk past the end", with_chunks({10, 0, 0, 4, 6, 0, 0, 8}), Drop::kSctpChunkLength},
  };
  for (const Malformed& row : table) {
    const auto view = SctpView::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
}

TEST(Sctp, ChunksAreWalkedOverTheirPadding) {
  const std::vector<uint8_t> bytes = with_chunks({10, 0, 0, 5, 0xaa, 0, 0, 0, 6, 1, 0, 5, 0xbb});
  const auto view = SctpView::check(bytes);
  ASSERT_TRUE(view);
  base::Bytes rest = view->chunks();
  EXPECT_EQ(SctpView::next_chunk(rest)->type, 10);
  const auto last = SctpView::next_chunk(rest);  // its padding is missing
  EXPECT_EQ(last->type, sctp_chunk::kAbort);
  EXPECT_EQ(last->flags, sctp_chunk::kAbortReflectsTag);
  EXPECT_EQ(last->value.size(), 1u);
  EXPECT_FALSE(SctpView::next_chunk(rest));
}

TEST(Sctp, NoChunkAtAllIsLegal) {
  const std::vector<uint8_t> bytes = with_chunks({});
  const auto view = SctpView::check(bytes);
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->first_chunk());
  EXPECT_FALSE(view->init());
}

TEST(Sctp, ATagIsNeverZero) {
  EXPECT_EQ(sctp_tag(0), 1u);
  EXPECT_EQ(sctp_tag(1), 1u);
  EXPECT_EQ(sctp_tag(kToken), kToken);
}

RC_GTEST_PROP(Sctp, WhatIsWrittenReadsBack,
              (uint16_t from, uint16_t to, uint32_t tag, const std::vector<uint8_t>& data, uint8_t flags)) {
  const Sctp value{from, to, tag, SctpChunk{sctp_chunk::kAbort, flags, data}};
  std::vector<uint8_t> bytes(size_of(value), 0xee);
  emit(value, bytes);
  RC_ASSERT(bytes.size() % 4 == 0);
  const auto view = SctpView::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->checksum_ok());
  const Sctp back = view->value();
  RC_ASSERT(std::tie(back.source_port, back.destination_port, back.verification_tag) == std::tie(from, to, tag));
  RC_ASSERT(back.chunk->flags == flags);
  RC_ASSERT(std::vector<uint8_t>(back.chunk->value.begin(), back.chunk->value.end()) == data);
}

RC_GTEST_PROP(Sctp, InitReadsBack, (uint32_t tag, uint32_t window, uint16_t out, uint16_t in, uint32_t tsn)) {
  const SctpInit init{tag, window, out, in, tsn};
  std::vector<uint8_t> value(16);
  emit(init, value);
  const Sctp packet{1, 2, 0, SctpChunk{sctp_chunk::kInit, 0, value}};
  std::vector<uint8_t> bytes(size_of(packet));
  emit(packet, bytes);
  RC_ASSERT(SctpView::check(bytes)->init() == init);
}

}  // namespace
}  // namespace portolan::wire::sctp_test
