// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/testing/temporary_file.h"
#include "pktio/pcap_file.h"
#include "pktio/pcapng_writer.h"
#include "pktio/testing/frames.h"

namespace portolan::pktio::pcapng_test {
namespace {

using base::testing::TemporaryFile;
using testing::Frame;

constexpr base::Nanos kWall = 1'700'000'000'123'456'789;  // 0x17979cfe3d85cd15

std::string hex(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += fmt::format("{:02x}", static_cast<uint8_t>(bytes[i]));
    if (i % 4 == 3) out += ' ';
  }
  return out;
}

TEST(Pcapng, ASectionHeader) {
  std::string out;
  append_section_header(out, {.hardware = "", .system = "Linux", .program = "portolan", .interface = "eth0"});
  EXPECT_EQ(hex(out),
            "0a0d0d0a 38000000 4d3c2b1a 01000000 ffffffff ffffffff "
            "03000500 4c696e75 78000000 "           // shb_os "Linux"
            "04000800 706f7274 6f6c616e 00000000 "  // shb_userappl "portolan", end of options
            "38000000 ");
  out.clear();
  append_section_header(out, {});
  EXPECT_EQ(hex(out), "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000 ");
}

TEST(Pcapng, AnInterface) {
  std::string out;
  append_interface(out, wire::LinkType::kEthernet, 262'144, {.hardware{}, .system{}, .program{}, .interface = "eth0"});
  EXPECT_EQ(hex(out), "01000000 28000000 01000000 00000400 02000400 65746830 09000100 09000000 00000000 28000000 ");
  out.clear();
  append_interface(out, wire::LinkType::kRawIp, 96, {});
  EXPECT_EQ(hex(out), "01000000 20000000 65000000 60000000 09000100 09000000 00000000 20000000 ");
}

TEST(Pcapng, APacketWithItsWayAndAComment) {
  const std::vector<uint8_t> bytes{1, 2, 3, 4, 5};
  std::string out;
  append_packet(out, {.wall = kWall, .bytes = bytes, .size = 1500, .way = PacketWay::kOut, .comment = "flow"}, 65535);
  EXPECT_EQ(hex(out),
            "06000000 3c000000 00000000 fe9c9717 15cd853d 05000000 dc050000 01020304 05000000 "
            "01000400 666c6f77 "  // comment
            "02000400 02000000 "  // outbound
            "00000000 3c000000 ");
  out.clear();
  append_packet(out, {.wall = 1, .bytes = bytes}, 4);
  EXPECT_EQ(hex(out), "06000000 24000000 00000000 00000000 01000000 04000000 05000000 01020304 24000000 ");
}

TEST(Pcapng, ATextThatIsTooLongIsCut) {
  std::string out;
  append_section_header(out, {.hardware = std::string(70'000, 'x'), .system{}, .program{}, .interface{}});
  EXPECT_EQ(out.size(), 28u + 4 + 65'536 + 4);
}

PcapngPacket packet_of(base::Nanos wall, const Frame& frame) {
  return {.wall = wall, .bytes = frame, .size = 0, .way = PacketWay::kIn, .comment = "x"};
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

PcapngWriter open_or_throw(const std::string& path, PcapngOptions options = {}, base::Nanos now = 0) {
  auto writer = PcapngWriter::open(path, std::move(options), now);
  if (!writer) throw std::runtime_error(writer.error());
  return std::move(*writer);
}

// libpcap, which is not ours, reads what we wrote: links, nanoseconds, bytes.
RC_GTEST_PROP(PcapngWriter, WhatIsWrittenIsReadBack, (const std::vector<Frame>& frames, bool ethernet)) {
  const TemporaryFile file;
  const auto link = ethernet ? wire::LinkType::kEthernet : wire::LinkType::kRawIp;
  std::vector<std::pair<base::Nanos, Frame>> expected;
  {
    PcapngWriter writer = open_or_throw(file.path(), {.link = link});
    for (const Frame& frame : frames) {
      const base::Nanos wall = *rc::gen::inRange<base::Nanos>(0, 2'000'000'000 * base::kSecond);
      writer.write(packet_of(wall, frame), 0);
      expected.emplace_back(wall, frame);
    }
    RC_ASSERT(writer.flush(0));
    RC_ASSERT(read_all(file.path()) == expected);  // whole after a flush
  }
  RC_ASSERT(PcapReader::open(file.path())->link() == link);
  RC_ASSERT(read_all(file.path()) == expected);
}

TEST(PcapngWriter, EmptiesWhatWasThereAndSaysWhatIsWrong) {
  const TemporaryFile file;
  file.set("something else that is longer than the two headers of a capture together, surely it must be");
  { open_or_throw(file.path()); }
  EXPECT_TRUE(read_all(file.path()).empty());
  EXPECT_EQ(PcapngWriter::open("/nonexistent/x", {}, 0).error(), "/nonexistent/x: No such file or directory");
  PcapngOptions rotated;
  rotated.rotation.every = 1;
  EXPECT_FALSE(PcapngWriter::open("-", rotated, 0));
}

class TempDir {
 public:
  TempDir() { path_ = ::mkdtemp(path_.data()); }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& end = "") const { return path_ + "/x.pcapng" + end; }

 private:
  std::string path_ = "/tmp/portolan-pcapng-test-XXXXXX";
};

TEST(PcapngWriter, EachFileOfARotationIsACaptureOfItsOwn) {
  const TempDir dir;
  PcapngOptions options;
  options.rotation = {.most_bytes = 3000, .every = 0, .keep = 3};
  const Frame frame(1000, 7);  // 1048 bytes as a block, with its comment and direction
  {
    PcapngWriter writer = open_or_throw(dir.file(), options);
    for (base::Nanos i = 0; i < 20; ++i) writer.write(packet_of(i, frame), 0);
  }
  EXPECT_EQ(read_all(dir.file()).size(), 2u);
  EXPECT_EQ(read_all(dir.file(".1")).size(), 3u);
  EXPECT_EQ(read_all(dir.file(".3")).front().first, 9);
  EXPECT_FALSE(std::filesystem::exists(dir.file(".4")));
  { open_or_throw(dir.file(), options); }  // a new run puts the old capture aside
  EXPECT_EQ(read_all(dir.file(".1")).size(), 2u);
}

TEST(PcapngWriter, RotatesByAgeAtAFlush) {
  const TempDir dir;
  PcapngOptions options;
  options.rotation = {.most_bytes = 0, .every = base::kSecond, .keep = 3};
  PcapngWriter writer = open_or_throw(dir.file(), options);
  writer.flush(10 * base::kSecond);
  EXPECT_FALSE(std::filesystem::exists(dir.file(".1"))) << "nothing was in it";
  writer.write(packet_of(1, Frame(60, 1)), 10 * base::kSecond);
  EXPECT_FALSE(std::filesystem::exists(dir.file(".1")));
  writer.flush(10 * base::kSecond);
  EXPECT_EQ(read_all(dir.file(".1")).size(), 1u);
}

// The disk is full at some byte: what is in the file is whole, and all of it is there once there is room again.
RC_GTEST_PROP(PcapngWriter, AFullDiskLeavesWholeBlocks, ()) {
  const TemporaryFile file;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  PcapngWriter writer = open_or_throw(file.path());
  rlimit limit = before;
  limit.rlim_cur = *rc::gen::inRange<rlim_t>(48, 2000);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  for (base::Nanos i = 0; i < 30; ++i) {
    writer.write(packet_of(i, Frame(60, 1)), 0);
    if (i % 4 == 0) writer.flush(0);
  }
  const bool full = !writer.flush(0);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  RC_ASSERT(full);
  RC_ASSERT(!writer.error().empty());
  const size_t part = read_all(file.path()).size();
  RC_ASSERT(part < 30u);
  RC_ASSERT(writer.flush(0));
  RC_ASSERT(writer.error().empty());
  RC_ASSERT(read_all(file.path()).size() == 30u);
  RC_ASSERT(writer.lost_packets() == 0u);
}

TEST(PcapngWriter, CountsWhatAFullDiskCost) {
  auto writer = PcapngWriter::open("/dev/full", {}, 0);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error(), "/dev/full: No space left on device");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string path = fmt::format("/proc/self/fd/{}", ends[1]);
  PcapngWriter piped = open_or_throw(path);
  ::close(ends[0]);
  std::signal(SIGPIPE, SIG_IGN);
  const Frame frame(60'000, 1);
  for (int i = 0; i < 300; ++i) piped.write(packet_of(0, frame), 0);
  EXPECT_FALSE(piped.flush(0));
  EXPECT_EQ(piped.error(), path + ": Broken pipe");
  EXPECT_EQ(piped.lost_packets(), 300 - (PcapngWriter::kMaxPending / 60'048 + 1));
  ::close(ends[1]);
}

// Wireshark's own tool is content with the file, where it is installed.
TEST(PcapngWriter, IsReadByCapinfos) {
  if (std::system("command -v capinfos > /dev/null") != 0) GTEST_SKIP() << "capinfos is not installed";
  const TempDir dir;
  PcapngOptions options;
  options.source = {.hardware = "a machine", .system = "Linux", .program = "portolan test", .interface = "eth0"};
  {
    PcapngWriter writer = open_or_throw(dir.file(), options);
    writer.write(packet_of(kWall, testing::make_frame(wire::LinkType::kEthernet, 1)), 0);
    writer.write({.wall = kWall, .bytes = testing::make_frame(wire::LinkType::kEthernet, 2)}, 0);
  }
  const std::string command = fmt::format(
      "capinfos -c -t -E {0} > {0}.txt 2>&1 && grep -q 'Number of packets:   2' {0}.txt && "
      "grep -q 'File type: *Wireshark.*pcapng' {0}.txt && "
      "tshark -r {0} -T fields -e frame.comment -e frame.interface_name -e frame.packet_flags_direction "
      "-e frame.time_epoch > {0}.txt 2>/dev/null && grep -qP '^x\\teth0\\t(1|0x0*1)\\t1700000000.123456789$' {0}.txt",
      dir.file());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace
}  // namespace portolan::pktio::pcapng_test
