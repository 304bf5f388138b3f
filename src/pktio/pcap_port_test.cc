// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcap_port.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>

#include "base/testing/temporary_file.h"
#include "pktio/null_port.h"
#include "pktio/pair_port.h"
#include "pktio/pcap_tee_port.h"
#include "pktio/testing/frames.h"

namespace portolan::pktio::pcap_port_test {
namespace {

using base::testing::TemporaryFile;
using testing::Frame;
using testing::make_frame;

void send(Port& port, const Frame& frame) {
  const std::span<TxSlot> slots = port.acquire(1);
  std::memcpy(slots[0].data, frame.data(), frame.size());
  slots[0].length = static_cast<uint16_t>(frame.size());
  port.commit(1);
}

std::vector<std::pair<base::Nanos, Frame>> read_all(const std::string& path) {
  auto reader = PcapReader::open(path);
  if (!reader) throw std::runtime_error(reader.error());
  std::vector<std::pair<base::Nanos, Frame>> all;
  base::Nanos wall = 0;
  base::Bytes bytes;
  while (reader->next(wall, bytes)) all.emplace_back(wall, Frame(bytes.begin(), bytes.end()));
  if (!reader->error().empty()) throw std::runtime_error(reader->error());
  return all;
}

RC_GTEST_PROP(PcapFile, WhatIsWrittenIsReadBack, (const std::vector<Frame>& frames, bool ethernet)) {
  const TemporaryFile file;
  const auto link = ethernet ? wire::LinkType::kEthernet : wire::LinkType::kRawIp;
  std::vector<std::pair<base::Nanos, Frame>> expected;
  {
    auto writer = PcapWriter::open(file.path(), link);
    RC_ASSERT(writer.has_value());
    for (const Frame& frame : frames) {
      const base::Nanos wall = *rc::gen::inRange<base::Nanos>(0, 2'000'000'000 * base::kSecond);
      writer->write(wall, frame);
      expected.emplace_back(wall, frame);
    }
    writer->flush();
    RC_ASSERT(writer->error().empty());
    RC_ASSERT(read_all(file.path()) == expected);  // whole after a flush
  }
  RC_ASSERT(PcapReader::open(file.path())->link() == link);
  RC_ASSERT(read_all(file.path()) == expected);
}

TEST(PcapFile, BeginsAsTheFormatSays) {
  const TemporaryFile file;
  { ASSERT_TRUE(PcapWriter::open(file.path(), wire::LinkType::kRawIp)); }
  const std::string golden("\x4d\x3c\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\x00\x00\x04\x00\x65\x00\x00\x00", 24);
  EXPECT_EQ(file.content(), golden) << "nanosecond magic, version 2.4, snap length 262144, LINKTYPE_RAW 101";
}

TEST(PcapFile, SaysWhatIsWrong) {
  const TemporaryFile file;
  EXPECT_NE(PcapReader::open("/nonexistent/x.pcap").error().find("/nonexistent/x.pcap"), std::string::npos);
  EXPECT_NE(PcapWriter::open("/nonexistent/x.pcap", wire::LinkType::kRawIp).error().find("/nonexistent/x.pcap"),
            std::string::npos);
  file.set("this is no capture, but it is long enough");
  EXPECT_NE(PcapReader::open(file.path()).error().find(file.path()), std::string::npos);
  const std::string cooked("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\x00\x00\x71\x00\x00\x00", 24);
  file.set(cooked);
  EXPECT_NE(PcapReader::open(file.path()).error().find("LINUX_SLL"), std::string::npos);
}

TEST(PcapFile, ADamagedFileEndsWithAnError) {
  const TemporaryFile file;
  {
    auto writer = PcapWriter::open(file.path(), wire::LinkType::kEthernet);
    writer->write(1, make_frame(wire::LinkType::kEthernet, 1));
    writer->write(2, make_frame(wire::LinkType::kEthernet, 2));
  }
  const std::string whole = file.content();
  file.set(whole.substr(0, whole.size() - 5));
  auto port = PcapPort::open({.read = file.path(), .write = "", .clock = nullptr});
  ASSERT_TRUE(port);
  EXPECT_EQ((*port)->receive(10).size(), 1u);
  EXPECT_TRUE((*port)->ended());
  EXPECT_NE((*port)->error().find("damaged"), std::string::npos) << (*port)->error();
}

TEST(PcapFile, AFullDiskIsAnError) {
  auto writer = PcapWriter::open("/dev/full", wire::LinkType::kEthernet);
  ASSERT_TRUE(writer);
  writer->write(1, make_frame(wire::LinkType::kEthernet, 1));
  writer->flush();
  EXPECT_NE(writer->error().find("/dev/full"), std::string::npos) << writer->error();
}

TEST(PcapPort, ReplaysAtTheClocksPace) {
  const TemporaryFile file;
  {
    auto writer = PcapWriter::open(file.path(), wire::LinkType::kEthernet);
    for (uint32_t i = 0; i < 4; ++i) writer->write(50 + i * base::kSecond, make_frame(wire::LinkType::kEthernet, i));
  }
  base::VirtualClock clock;
  auto port = PcapPort::open({.read = file.path(), .write = "", .clock = &clock});
  ASSERT_TRUE(port);
  const std::span<const RxFrame> first = (*port)->receive(10);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].wall, 50);
  EXPECT_EQ((*port)->receive(10).size(), 0u);
  clock.advance(2 * base::kSecond);
  const std::span<const RxFrame> next = (*port)->receive(10);
  ASSERT_EQ(next.size(), 2u);
  EXPECT_EQ(testing::number_of((*port)->link(), next[1].bytes), 2u);
  EXPECT_FALSE((*port)->ended());
  clock.advance(base::kSecond);
  EXPECT_EQ((*port)->receive(10).size(), 1u);
  EXPECT_TRUE((*port)->ended());
  EXPECT_EQ((*port)->stats().received, 4u);
}

TEST(PcapPort, WritesWhatIsSent) {
  const TemporaryFile file;
  base::VirtualClock clock;
  clock.set(77);
  auto port = PcapPort::open({.read = "", .write = file.path(), .clock = &clock});
  ASSERT_TRUE(port);
  const Frame frame = make_frame(wire::LinkType::kEthernet, 9);
  send(**port, frame);
  const auto all = read_all(file.path());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0], std::make_pair(clock.wall(), frame));
}

TEST(PcapTeePort, WritesWhatItWasTold) {
  const Frame out = make_frame(wire::LinkType::kEthernet, 1);
  const Frame in = make_frame(wire::LinkType::kEthernet, 2);
  for (const TeeWhat what : {TeeWhat::kReceived, TeeWhat::kBoth}) {
    const TemporaryFile file;
    auto [near, far] = make_port_pair();
    auto writer = PcapWriter::open(file.path(), wire::LinkType::kEthernet);
    const auto capture = std::make_shared<Capture>(std::move(*writer));
    PcapTeePort tee(std::move(near), capture, what);
    send(tee, out);
    send(*far, in);
    ASSERT_EQ(tee.receive(4).size(), 1u);
    ASSERT_EQ(far->receive(4).size(), 1u);
    capture->flush();
    const auto all = read_all(file.path());
    ASSERT_EQ(all.size(), what == TeeWhat::kBoth ? 2u : 1u);
    EXPECT_EQ(all.front().second, what == TeeWhat::kBoth ? out : in);
    EXPECT_EQ(all.back().second, in);
  }
}

// Two lanes, one file: every frame of both is there and whole.
TEST(PcapTeePort, SharesACapture) {
  constexpr uint32_t kEach = 2'000;
  const TemporaryFile file;
  {
    auto writer = PcapWriter::open(file.path(), wire::LinkType::kEthernet);
    const auto capture = std::make_shared<Capture>(std::move(*writer));
    std::vector<std::thread> lanes;
    for (uint32_t lane = 0; lane < 2; ++lane) {
      lanes.emplace_back([&capture, lane] {
        auto [near, far] = make_port_pair();
        PcapTeePort tee(std::move(near), capture, TeeWhat::kReceived);
        for (uint32_t i = 0; i < kEach; ++i) {
          send(*far, make_frame(wire::LinkType::kEthernet, lane * kEach + i));
          EXPECT_EQ(tee.receive(4).size(), 1u);
        }
      });
    }
    for (std::thread& t : lanes) t.join();
  }
  std::vector<uint32_t> numbers;
  for (const auto& [wall, frame] : read_all(file.path())) {
    numbers.push_back(testing::number_of(wire::LinkType::kEthernet, frame).value_or(~0u));
  }
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), 2 * kEach);
  for (uint32_t i = 0; i < 2 * kEach; ++i) EXPECT_EQ(numbers[i], i);
}

}  // namespace
}  // namespace portolan::pktio::pcap_port_test
