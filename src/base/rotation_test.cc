// SPDX-License-Identifier: Apache-2.0
#include "base/rotation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace portolan::base::rotation_test {
namespace {

class TempDir {
 public:
  TempDir() { path_ = ::mkdtemp(path_.data()); }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ + "/log"; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path_ + "/" + name) << text; }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ifstream in(entry.path());
      all[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

 private:
  std::string path_ = "/tmp/portolan-rotation-test-XXXXXX";
};

TEST(Rotation, IsDueBySizeOrAgeAndNeverWhenEmpty) {
  Rotation r("x", {.most_bytes = 100, .every = 10 * kSecond, .keep = 2});
  r.begin(kSecond);
  EXPECT_FALSE(r.due(99, 5 * kSecond));
  EXPECT_TRUE(r.due(100, 5 * kSecond));
  EXPECT_FALSE(r.due(1, 11 * kSecond - 1));
  EXPECT_TRUE(r.due(1, 11 * kSecond));
  EXPECT_FALSE(r.due(0, 1000 * kSecond));
  Rotation never("x", {});
  never.begin(0);
  EXPECT_FALSE(never.policy().wanted());
  EXPECT_FALSE(never.due(UINT64_MAX, INT64_MAX));
}

TEST(Rotation, KeepsTheNewestFiles) {
  TempDir dir;
  Rotation r(dir.file(), {.most_bytes = 1, .every = 0, .keep = 3});
  for (const char* text : {"a", "b", "c", "d", "e"}) {
    dir.put("log", text);
    ASSERT_TRUE(r.advance(0));
  }
  EXPECT_EQ(dir.files(), (std::map<std::string, std::string>{{"log.1", "e"}, {"log.2", "d"}, {"log.3", "c"}}));
}

TEST(Rotation, AGapEndsTheRun) {
  TempDir dir;
  dir.put("log", "new");
  dir.put("log.1", "old");
  dir.put("log.3", "somebody put it there");
  Rotation r(dir.file(), {.most_bytes = 1, .every = 0, .keep = 5});
  ASSERT_TRUE(r.advance(0));
  EXPECT_EQ(dir.files(), (std::map<std::string, std::string>{
                             {"log.1", "new"}, {"log.2", "old"}, {"log.3", "somebody put it there"}}));
}

TEST(Rotation, AFailureNamesTheFileAndWaits) {
  TempDir dir;
  Rotation r(dir.file(), {.most_bytes = 1, .every = 0, .keep = 1});
  r.begin(0);
  EXPECT_TRUE(r.due(5, kSecond));
  EXPECT_EQ(r.advance(kSecond).error(), dir.file() + ": No such file or directory");
  EXPECT_FALSE(r.due(5, kSecond + Rotation::kRetryAfter - 1));
  EXPECT_TRUE(r.due(5, kSecond + Rotation::kRetryAfter));
}

}  // namespace
}  // namespace portolan::base::rotation_test
