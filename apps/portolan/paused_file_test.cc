// SPDX-License-Identifier: Apache-2.0
#include "portolan/paused_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace portolan::cli::paused_file_test {
namespace {

using testing::HasSubstr;

PausedState any_state() {
  const auto word = [] { return *rc::gen::arbitrary<uint64_t>(); };
  PausedState s;
  s.pass = static_cast<uint32_t>(word());
  s.index = base::make_u128(word(), word());
  s.key = {word(), word()};
  s.seed = word();
  s.scan_digest = word();
  const auto first = *rc::gen::inRange<uint16_t>(1, UINT16_MAX);
  s.source_ports = {first, *rc::gen::inRange<uint16_t>(first, UINT16_MAX)};
  if (*rc::gen::arbitrary<bool>()) s.source_ports = scan::SourcePorts::of({{first, first}, {5, 9}, {53, 53}});
  s.answered = word();
  s.answered_path = "paused.conf.7.answered";
  s.boot = "9c1f0f0e-2a3b";
  return s;
}

PausedState some_state() {
  PausedState state;
  state.source_ports = {1, 2};
  return state;
}

RC_GTEST_PROP(PausedFile, ReadsBackWhatWasWritten, ()) {
  const PausedState state = any_state();
  const auto file = read_paused(paused_text(state, "ports = 80\nlane = packet\n"), "p");
  RC_ASSERT(file.has_value());
  RC_ASSERT(file->state.has_value());
  RC_ASSERT(*file->state == state);
}

TEST(PausedFile, HidesFromMasscanWhatItDoesNotKnow) {
  const std::string text =
      paused_text(some_state(), "ports = 80\nlane = packet\noutput-list = found.txt\nrange = \"a\\nb\"\n");
  EXPECT_THAT(text, HasSubstr("\nports = 80\n"));
  EXPECT_THAT(text, HasSubstr("\n#portolan set lane = packet\n"));
  EXPECT_THAT(text, HasSubstr("\n#portolan set output-list = found.txt\n"));
  EXPECT_THAT(text, HasSubstr("\n#portolan set range = \"a\\nb\"\n"));
  EXPECT_THAT(text, HasSubstr("\nresume-index = 0\n"));
}

TEST(PausedFile, GivesSettingsWhereTheyStand) {
  const std::string text = paused_text(some_state(), "ports = 80\nlane = packet\n");
  const auto file = read_paused(text, "p");
  ASSERT_TRUE(file);
  // Line for line, so that a message names the line of the file itself.
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::count(file->settings.begin(), file->settings.end(), '\n'));
  EXPECT_THAT(file->settings, HasSubstr("\nports = 80\n"));
  EXPECT_THAT(file->settings, HasSubstr("\n              lane = packet\n"));  // in its columns
  EXPECT_THAT(file->settings, testing::Not(HasSubstr("resume-index")));
}

TEST(PausedFile, TakesMasscansOwn) {
  const auto file = read_paused("# a remark\nresume-index = 5\nseed = 7\nrange = 10.0.0.0/24\n", "p");
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->state);
  EXPECT_THAT(file->settings, HasSubstr("resume-index = 5\nseed = 7\n"));
}

TEST(PausedFile, RefusesWhatIsDamaged) {
  const std::string whole = paused_text(some_state(), "");
  ASSERT_TRUE(read_paused(whole, "p"));
  for (const std::string_view part : {"pass = 0", "index = 0", "seed = 0", "source-ports = 1-2", "answered = 0"}) {
    std::string wrong = whole, missing = whole;
    const size_t at = whole.find(fmt::format("#portolan {}\n", part));
    ASSERT_NE(at, std::string::npos) << part;
    wrong.replace(at + 10, part.size(), std::string(part.substr(0, part.find('='))) + "= x");
    EXPECT_FALSE(read_paused(wrong, "p")) << part;
    missing.erase(at, part.size() + 11);
    const auto refused = read_paused(missing, "p");
    ASSERT_FALSE(refused) << part;
    EXPECT_THAT(refused.error().where, HasSubstr("p:"));
  }
  EXPECT_FALSE(read_paused(whole + "#portolan unheard = 1\n", "p"));
}

RC_GTEST_PROP(PausedFile, BearsAnyText, (const std::string& text)) {
  read_paused(text, "p");
  read_paused("#portolan " + text, "p");
}

}  // namespace
}  // namespace portolan::cli::paused_file_test
