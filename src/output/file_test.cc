// SPDX-License-Identifier: Apache-2.0
#include "output/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace portolan::output::file_test {
namespace {

class TempDir {
 public:
  TempDir() { path_ = ::mkdtemp(path_.data()); }
  ~TempDir() {
    ::unlink(file().c_str());
    ::rmdir(path_.c_str());
  }
  std::string path() const { return path_; }
  std::string file() const { return path_ + "/out"; }
  std::string content() const {
    std::ifstream in(file(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  std::string path_ = "/tmp/portolan-file-test-XXXXXX";
};

// The disk is full at `bytes`: a write that goes beyond is cut short, the next one fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit before_{};
  void (*old_handler_)(int) = SIG_DFL;
};

bool whole_lines(const std::string& content) { return content.empty() || content.back() == '\n'; }

File open_or_throw(const std::string& path, File::Mode mode) {
  auto file = File::open(path, mode);
  if (!file) throw std::runtime_error(file.error());
  return std::move(*file);
}

TEST(File, WritesNothingBeforeFlushAndAllAfter) {
  TempDir dir;
  File file = open_or_throw(dir.file(), File::Mode::kTruncate);
  file.append("one\n");
  EXPECT_EQ(dir.content(), "");
  EXPECT_TRUE(file.flush());
  EXPECT_EQ(dir.content(), "one\n");
  file.append("two\n");
  EXPECT_TRUE(file.close());
  EXPECT_EQ(dir.content(), "one\ntwo\n");
  EXPECT_EQ(file.error(), "");
}

TEST(File, AppendKeepsAndTruncateEmpties) {
  TempDir dir;
  for (const char* text : {"a\n", "b\n"}) {
    File file = open_or_throw(dir.file(), File::Mode::kAppend);
    file.append(text);
  }
  EXPECT_EQ(dir.content(), "a\nb\n");
  { File file = open_or_throw(dir.file(), File::Mode::kTruncate); }
  EXPECT_EQ(dir.content(), "");
}

TEST(File, OpenSaysWhichFileAndWhy) {
  EXPECT_EQ(File::open("/nonexistent/out", File::Mode::kTruncate).error(),
            "/nonexistent/out: No such file or directory");
  TempDir dir;
  EXPECT_EQ(File::open(dir.path(), File::Mode::kAppend).error(), dir.path() + ": Is a directory");
}

TEST(File, AFullDeviceIsAnErrorAndCountsWhatWasLost) {
  File file = open_or_throw("/dev/full", File::Mode::kTruncate);
  file.append("one\ntwo\n");
  EXPECT_FALSE(file.flush());
  EXPECT_EQ(file.error(), "/dev/full: No space left on device");
  EXPECT_EQ(file.lost_records(), 0u);  // still pending
  EXPECT_FALSE(file.close());
  EXPECT_EQ(file.lost_records(), 2u);
}

TEST(File, PendingIsBoundedAndTheOldestRecordsAreKept) {
  TempDir dir;
  const std::string record(1023, 'x');
  constexpr size_t kRecords = 2 * File::kMaxPending / 1024;
  {
    File file = open_or_throw(dir.file(), File::Mode::kTruncate);
    {
      const FileSizeLimit full(0);
      file.append("first\n");
      EXPECT_FALSE(file.flush());
      for (size_t i = 0; i < kRecords; ++i) file.append(record + "\n");
      EXPECT_FALSE(file.flush());
    }
    EXPECT_FALSE(file.flush());  // there is room again, but records were given up
    EXPECT_NE(file.error(), "");
    EXPECT_GT(file.lost_records(), 0u);
    const std::string content = dir.content();
    EXPECT_EQ(content.substr(0, 6), "first\n");
    EXPECT_EQ((content.size() - 6) / 1024 + file.lost_records(), kRecords);
    EXPECT_EQ((content.size() - 6) % 1024, 0u);
  }
}

TEST(File, ClosedPipeIsAnError) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[1]);
  auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  {
    File file = open_or_throw(path, File::Mode::kAppend);
    ::close(ends[0]);
    file.append("x\n");
    EXPECT_FALSE(file.flush());
    EXPECT_EQ(file.error(), path + ": Broken pipe");
  }
  ::close(ends[1]);
  std::signal(SIGPIPE, old_handler);
}

// Whatever the size of the disk, what is on it are the first so many records, whole; and when there is room again,
// nothing is missing.
RC_GTEST_PROP(File, IsWholeWhenFullAndHealsWhenThereIsRoom, (bool append, std::vector<uint8_t> sizes)) {
  const TempDir dir;
  std::string before;
  if (append) {
    before = "kept\n";
    std::ofstream(dir.file()) << before;
  }
  std::vector<std::string> records;
  size_t total = before.size();
  for (const uint8_t size : sizes) {
    records.push_back(std::string(size, static_cast<char>('a' + records.size() % 26)) + "\n");
    total += records.back().size();
  }
  const auto limit = *rc::gen::inRange<size_t>(before.size(), total + 2);

  File file = open_or_throw(dir.file(), append ? File::Mode::kAppend : File::Mode::kTruncate);
  std::string expected = before;
  {
    const FileSizeLimit full(limit);
    for (const std::string& record : records) {
      file.append(record);
      file.flush();
      const std::string content = dir.content();
      RC_ASSERT(whole_lines(content));
      expected += record;
      RC_ASSERT(expected.starts_with(content));
      // Of what fits, nothing is left out.
      const bool next_fits = expected.find('\n', content.size()) < limit;
      RC_ASSERT(content == expected || !next_fits);
    }
    RC_ASSERT(file.error().empty() == (total <= limit));
  }
  RC_ASSERT(file.close());
  RC_ASSERT(dir.content() == expected);
  RC_ASSERT(file.lost_records() == 0u);
}

}  // namespace
}  // namespace portolan::output::file_test
