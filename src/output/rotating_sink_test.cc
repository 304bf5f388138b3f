// SPDX-License-Identifier: Apache-2.0
// Rotation in virtual time: names, whole pieces, nothing overwritten, nothing lost when a folder fails.
#include "output/rotating_sink.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "output/line_sink.h"
#include "output/list_sink.h"
#include "output/sqlite_sink.h"

namespace portolan::output::rotating_sink_test {
namespace {

constexpr base::Nanos kHour = 3600 * base::kSecond;

class RotatingSinkTest : public ::testing::Test {
 protected:
  RotatingSinkTest() {
    root_ = ::mkdtemp(root_.data());
    std::filesystem::create_directory(root_ + "/old");
    request_.dir = root_ + "/old";
  }
  ~RotatingSinkTest() override { std::filesystem::remove_all(root_); }

  std::string path() const { return root_ + "/found.txt"; }

  RotatingSink::Factory lists(File::Mode mode = File::Mode::kTruncate) {
    return [this, mode]() -> tl::expected<std::unique_ptr<result::Sink>, std::string> {
      if (broken_) return tl::unexpected<std::string>("broken");
      auto file = File::open(path(), mode);
      if (!file) return tl::unexpected(file.error());
      return std::make_unique<LineSink>(kList, std::move(*file));
    };
  }

  std::unique_ptr<result::Sink> begun() {
    auto sink = RotatingSink::open(path(), request_, lists(), clock_);
    if (!sink) throw std::runtime_error(sink.error());
    (*sink)->begin({"portolan", 0, {}});
    return std::move(*sink);
  }

  void write(result::Sink& sink, int results) {
    for (int i = 0; i < results; ++i) {
      result::Observation o;
      o.target = {addr::IpAddress::v4(++address_), {addr::Protocol::kTcp, 80}};
      sink.write(o);
    }
    sink.tick();
  }

  static std::string content(const std::string& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  // Name and results of each piece; a piece that is not whole counts -1.
  std::map<std::string, int> pieces(const std::string& folder) const {
    std::map<std::string, int> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string text = content(entry.path());
      int results = 0;
      for (size_t at = 0; (at = text.find("open tcp", at)) != std::string::npos; ++at) ++results;
      all[entry.path().filename()] = text.starts_with("#masscan\n") && text.ends_with("# end\n") ? results : -1;
    }
    return all;
  }
  std::map<std::string, int> aside() const { return pieces(root_ + "/old"); }

  using Pieces = std::map<std::string, int>;
  std::string root_ = "/tmp/portolan-rotating-test-XXXXXX";
  RotationRequest request_;
  base::VirtualClock clock_;  // begins at 2001-09-09T01:46:40Z
  bool broken_ = false;
  uint32_t address_ = 0;
};

TEST_F(RotatingSinkTest, EvenTimesAlsoWhenNothingArrives) {
  request_.every = kHour;
  auto sink = begun();
  write(*sink, 2);
  clock_.advance(799 * base::kSecond);
  sink->tick();
  EXPECT_EQ(aside(), Pieces{});
  clock_.advance(base::kSecond);
  sink->tick();
  clock_.advance(kHour);
  sink->tick();
  write(*sink, 1);
  sink->end({0, true, {}});
  EXPECT_EQ(
      aside(),
      (Pieces{{"010909-020000-found.txt", 2}, {"010909-030000-found.txt", 0}, {"010909-030000-found-00001.txt", 1}}));
  EXPECT_EQ(pieces(root_), Pieces{});
  EXPECT_EQ(sink->error(), "");
  EXPECT_NE(content(request_.dir + "/010909-020000-found.txt").find("# complete: no\n# piece-results: 2\n"),
            std::string::npos);
  EXPECT_NE(content(request_.dir + "/010909-030000-found-00001.txt").find("# complete: yes\n"), std::string::npos);
}

TEST_F(RotatingSinkTest, TheOffsetMovesTheBoundary) {
  request_.every = 24 * kHour;
  request_.offset = -22 * kHour;
  auto sink = begun();
  clock_.advance(800 * base::kSecond);  // 02:00:00Z
  sink->tick();
  EXPECT_EQ(aside(), (Pieces{{"010909-020000-found.txt", 0}}));
}

TEST_F(RotatingSinkTest, AClockSetBackDoesNotStopRotation) {
  request_.every = kHour;
  auto sink = begun();
  clock_.set(-24 * kHour);
  sink->tick();
  clock_.advance(kHour);
  sink->tick();
  EXPECT_EQ(aside().size(), 1u);
}

TEST_F(RotatingSinkTest, BySizeInNumbersThatGoOn) {
  request_.most_bytes = 300;
  std::ofstream(request_.dir + "/found-00001.txt") << "precious";
  auto sink = begun();
  for (int i = 0; i < 3; ++i) write(*sink, 12);
  sink->end({0, true, {}});
  EXPECT_EQ(
      aside(),
      (Pieces{{"found-00000.txt", 12}, {"found-00001.txt", -1}, {"found-00002.txt", 12}, {"found-00003.txt", 12}}));
  EXPECT_EQ(content(request_.dir + "/found-00001.txt"), "precious");
  EXPECT_EQ(pieces(root_), (Pieces{{"found.txt", 0}}));
  auto next = begun();
  write(*next, 12);
  EXPECT_TRUE(aside().contains("found-00004.txt"));
}

TEST_F(RotatingSinkTest, ABurstWithoutTicksIsCutToo) {
  request_.most_bytes = 64 << 10;
  auto sink = begun();
  result::Observation o;
  for (int i = 0; i < 20'000; ++i) sink->write(o);
  EXPECT_GE(aside().size(), 3u);
}

TEST_F(RotatingSinkTest, WhenTheFolderGoesWritingGoesOn) {
  request_.most_bytes = 300;
  auto sink = begun();
  std::filesystem::rename(request_.dir, root_ + "/elsewhere");
  write(*sink, 12);
  EXPECT_EQ(sink->error(), request_.dir + ": No such file or directory");
  write(*sink, 12);
  std::filesystem::rename(root_ + "/elsewhere", request_.dir);
  clock_.advance(RotatingSink::kRetryAfter);
  sink->tick();
  EXPECT_EQ(sink->error(), "");
  EXPECT_EQ(aside(), (Pieces{{"found-00000.txt", 24}}));
}

TEST_F(RotatingSinkTest, WhenNoFileCanBeOpenedWhatIsLostIsCounted) {
  request_.most_bytes = 300;
  auto sink = begun();
  broken_ = true;
  write(*sink, 12);
  EXPECT_EQ(sink->error(), "broken");
  write(*sink, 5);
  broken_ = false;
  clock_.advance(RotatingSink::kRetryAfter);
  sink->tick();
  write(*sink, 1);
  sink->end({0, true, {}});
  EXPECT_EQ(aside(), (Pieces{{"found-00000.txt", 12}}));
  EXPECT_EQ(pieces(root_), (Pieces{{"found.txt", 1}}));
  EXPECT_EQ(sink->error(), path() + ": 5 records are lost");
}

TEST_F(RotatingSinkTest, RefusesWhatCannotWorkBeforeAnythingIsWritten) {
  request_.every = kHour;
  const auto refused = [this](const std::string& path) {
    const auto sink = RotatingSink::open(path, request_, lists(), clock_);
    return sink ? std::string() : sink.error();
  };
  EXPECT_EQ(refused("-"), "standard output cannot be rotated; name a file");
  EXPECT_EQ(refused("/dev/null"), "/dev/null: not a regular file, so it cannot be rotated");
  request_.dir = root_ + "/none";
  EXPECT_EQ(refused(path()), root_ + "/none: No such file or directory; make the directory first");
  std::ofstream(request_.dir) << "a file";
  EXPECT_EQ(refused(path()), root_ + "/none: not a directory; name one");
  request_.dir = "/proc";
  EXPECT_NE(refused(path()), "");
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(RotatingSinkTest, ClosedPiecesAreCompressed) {
  request_.most_bytes = 300;
  request_.compress = true;
  auto sink = begun();
  for (int i = 0; i < 3; ++i) write(*sink, 12);
  sink->end({0, true, {}});
  EXPECT_EQ(sink->error(), "");
  const Pieces all = aside();
  ASSERT_EQ(all.size(), 3u);
  const std::string packed = content(request_.dir + "/found-00002.txt.zst");
  std::string text(1 << 16, '\0');
  const size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  ASSERT_FALSE(ZSTD_isError(size));
  text.resize(size);
  EXPECT_TRUE(text.starts_with("#masscan\n") && text.ends_with("# end\n"));
  auto next = begun();
  write(*next, 12);
  next->end({});
  EXPECT_TRUE(aside().contains("found-00003.txt.zst")) << "a compressed piece keeps its number taken";
}

TEST_F(RotatingSinkTest, CompressionTakesNothingAwayWhenItFails) {
  const std::string piece = request_.dir + "/piece";
  std::ofstream(piece) << "results";
  std::ofstream(piece + ".zst") << "of somebody else";
  EXPECT_EQ(pack_piece(piece).error(), piece + ".zst: File exists");
  EXPECT_EQ(content(piece), "results");
  EXPECT_EQ(content(piece + ".zst"), "of somebody else");
  EXPECT_FALSE(std::filesystem::exists(piece + ".zst.part"));
}

TEST_F(RotatingSinkTest, SqliteFilesAreWholePiecesToo) {
  request_.every = kHour;
  auto sink = std::move(*RotatingSink::open(
      path(), request_, [this] { return SqliteSink::open(path(), false); }, clock_));
  sink->begin({});
  write(*sink, 3);
  clock_.advance(kHour);
  sink->tick();
  write(*sink, 2);
  sink->end({0, true, {}});
  EXPECT_EQ(sink->error(), "");
  int64_t results = 0;
  for (const auto& entry : std::filesystem::directory_iterator(request_.dir)) {
    SqliteDb db = std::move(*SqliteDb::open(entry.path()));
    EXPECT_EQ(db.text_of("PRAGMA integrity_check"), "ok");
    results += db.number_of("SELECT count(*) FROM results");
  }
  EXPECT_EQ(results, 5);
}

}  // namespace
}  // namespace portolan::output::rotating_sink_test
