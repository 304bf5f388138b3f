// SPDX-License-Identifier: Apache-2.0
#include "wire/tcp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::tcp_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kSegment = behind(kTcpSynAck, 14 + 20);

TEST(Tcp, ReadsGoldenBytes) {
  const auto view = TcpView::check(kSegment);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source_port(), 80);
  EXPECT_EQ(view->destination_port(), kOurPort);
  EXPECT_EQ(view->sequence(), base::SeqNum(0x11223344));
  EXPECT_EQ(view->acknowledgment(), base::SeqNum(kToken + 1));
  EXPECT_EQ(view->window(), 64240);
  EXPECT_EQ(view->header_length(), 40u);
  EXPECT_TRUE(view->payload().empty());
  EXPECT_TRUE(view->checksum_ok({kTheirs, kOurs}));
  EXPECT_FALSE(view->checksum_ok({kTheirs, kTheirs}));
  EXPECT_EQ(view->options().mss, 1460);
}

TEST(Tcp, RefusesMalformed) {
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedTcp},
      {"one byte short of a header", first(kSegment, 19), Drop::kTruncatedTcp},
      {"data offset 0", with(kSegment, 12, {0x00}), Drop::kTcpDataOffset},
      {"data offset 4", with(kSegment, 12, {0x40}), Drop::kTcpDataOffset},
      {"data offset 11, one word past the end", with(kSegment, 12, {0xb0}), Drop::kTcpDataOffset},
      {"data offset 15", with(kSegment, 12, {0xf0}), Drop::kTcpDataOffset},
      {"options not captured", first(kSegment, 39), Drop::kTcpDataOffset},
  };
  for (const Malformed& row : table) {
    const auto view = TcpView::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
  EXPECT_TRUE(TcpView::check(with(first(kSegment, 20), 12, {0x5f})));  // reserved bits are not ours to judge
}

// All 256 sets of flags: what answers a SYN, and what no stack sends.
TEST(Tcp, ClassifiesEverySetOfFlags) {
  for (int flags = 0; flags < 256; ++flags) {
    const std::vector<uint8_t> bytes = with(kSegment, tcp_field::kFlags, {static_cast<uint8_t>(flags)});
    const auto view = TcpView::check(bytes);
    const bool fin = flags & 1, syn = flags & 2, rst = flags & 4, ack = flags & 16;
    EXPECT_EQ(view->is_syn_ack(), syn && ack && !rst && !fin) << flags;
    EXPECT_EQ(view->is_rst(), rst && !syn && !fin) << flags;
  }
}

RC_GTEST_PROP(Tcp, WhatIsWrittenReadsBack, (const std::vector<uint8_t>& payload, bool v6)) {
  const std::vector<uint8_t> options(*rc::gen::inRange<size_t>(0, 11) * 4, tcp_option_kind::kNop);
  const Tcp value{.source_port = *rc::gen::arbitrary<uint16_t>(),
                  .destination_port = *rc::gen::arbitrary<uint16_t>(),
                  .sequence = base::SeqNum(*rc::gen::arbitrary<uint32_t>()),
                  .acknowledgment = base::SeqNum(*rc::gen::arbitrary<uint32_t>()),
                  .flags = *rc::gen::arbitrary<uint8_t>(),
                  .window = *rc::gen::arbitrary<uint16_t>(),
                  .urgent_pointer = *rc::gen::arbitrary<uint16_t>(),
                  .options = options,
                  .payload = payload};
  const Endpoints ends = v6 ? Endpoints{kOurs6, kTheirs6} : Endpoints{kOurs, kTheirs};
  std::vector<uint8_t> bytes(size_of(value), 0xee);
  emit(value, ends, bytes);
  const auto view = TcpView::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->checksum_ok(ends));
  const Tcp back = view->value();
  RC_ASSERT(std::tie(back.source_port, back.destination_port, back.sequence, back.acknowledgment) ==
            std::tie(value.source_port, value.destination_port, value.sequence, value.acknowledgment));
  RC_ASSERT(std::tie(back.flags, back.window, back.urgent_pointer) ==
            std::tie(value.flags, value.window, value.urgent_pointer));
  RC_ASSERT(std::vector<uint8_t>(back.options.begin(), back.options.end()) == options);
  RC_ASSERT(std::vector<uint8_t>(back.payload.begin(), back.payload.end()) == payload);
}

}  // namespace
}  // namespace portolan::wire::tcp_test
