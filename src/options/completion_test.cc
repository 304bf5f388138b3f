// SPDX-License-Identifier: Apache-2.0
#include "options/completion.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "options/testing/every_kind.h"

namespace portolan::options::completion_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<Option, 10> kRows{{
    {.names = "ports port dst-port",
     .shorts = "-p",
     .kind = Kind::kList,
     .value = "PORTS",
     .help = "Which ports, that's all. Not here.",
     .commands = "row"},
    {.names = "adapter interface", .shorts = "-e", .kind = Kind::kText, .value = "NAME", .commands = "row"},
    {.names = "color", .kind = Kind::kWord, .words = "auto never", .help = "When. It is red.", .commands = "row"},
    {.names = "show", .kind = Kind::kWords, .words = "open closed", .commands = "row"},
    {.names = "ping", .kind = Kind::kBool, .commands = "row"},
    {.names = "wait", .kind = Kind::kSeconds, .bare = "3", .words = "forever", .commands = "row"},
    {.names = "readscan", .kind = Kind::kList, .value = "FILE...", .commands = "row"},
    {.names = "keep", .kind = Kind::kNumber, .value = "FILES", .commands = "row"},
    {.names = "keep-in", .kind = Kind::kText, .value = "DIR", .commands = "row"},
    {.names = "banners", .shorts = "-sV", .kind = Kind::kRefused, .help = "none", .commands = "row"},
}};

std::string script(Shell shell) {
  static const Table table = testing::table_of("row", kRows);
  const std::array<CompletedCommand, 3> commands{{
      {.name = "row", .summary = "rows: a boat", .table = &table, .takes_files = true, .alone = "galley"},
      {.name = "steer", .summary = "says where to", .words = "left right"},
      {.name = "rest", .summary = "does nothing"},
  }};
  return render_completion(shell, commands);
}

constexpr std::array kShells{Shell::kBash, Shell::kZsh, Shell::kFish};

TEST(Completion, KnowsItsShells) {
  EXPECT_EQ(shell_from_name("bash"), Shell::kBash);
  EXPECT_EQ(shell_from_name("zsh"), Shell::kZsh);
  EXPECT_EQ(shell_from_name("fish"), Shell::kFish);
  EXPECT_EQ(shell_from_name("Fish"), std::nullopt);
}

TEST(Completion, OffersNoRefusedOption) {
  for (const Shell shell : kShells) {
    EXPECT_THAT(script(shell), Not(HasSubstr("banners")));
    EXPECT_THAT(script(shell), Not(HasSubstr("-sV")));
  }
}

TEST(Completion, BashSaysWhatEachOptionTakes) {
  const std::string said = script(Shell::kBash);
  for (const char* line :
       {"    '-p' | 'ports' | 'port' | 'dstport') takes='text' ;;\n",
        "    '-e' | 'adapter' | 'interface') takes='interface' ;;\n",
        "    'color') takes='choice' choice=('auto' 'never') ;;\n",
        "    'show') takes='list' choice=('open' 'closed') ;;\n",
        "    'ping') takes='choice?' choice=('yes' 'no') ;;\n", "    'wait') takes='text?' choice=('forever') ;;\n",
        "    'readscan') takes='files' ;;\n", "    'keep') takes='text' ;;\n", "    'keepin') takes='folder' ;;\n"}) {
    EXPECT_THAT(said, HasSubstr(line));
  }
  EXPECT_THAT(said, HasSubstr("      options=(\n        '-p'\n        '--ports'\n"));
  EXPECT_THAT(said, HasSubstr("      aliases=('--port' '--dst-port' '--interface')\n      rest=('/')\n"));
  EXPECT_THAT(said, HasSubstr("      rest=('left' 'right')\n"));
}

TEST(Completion, ZshAndFishAddTheFirstSentenceOfTheHelp) {
  const std::string zsh = script(Shell::kZsh), fish = script(Shell::kFish);
  EXPECT_THAT(zsh, HasSubstr("'--ports:Which ports, that'\\''s all'\n"));
  EXPECT_THAT(zsh, HasSubstr("'row:rows: a boat'\n"));
  EXPECT_THAT(fish, HasSubstr("'--ports'\\t'Which ports, that\\'s all' "));
  EXPECT_THAT(fish, HasSubstr("'row'\\t'rows: a boat' "));
  EXPECT_THAT(fish, HasSubstr("        case 'show'\n            printf '%s\\n' 'list' 'open' 'closed'\n"));
}

TEST(Completion, IsForTheNamesOfTheProgram) {
  EXPECT_THAT(script(Shell::kBash), HasSubstr("complete -F _portolan portolan galley\n"));
  EXPECT_THAT(script(Shell::kZsh), ::testing::StartsWith("#compdef portolan galley\n"));
  EXPECT_THAT(script(Shell::kFish), HasSubstr("complete -c galley -f "));
}

}  // namespace
}  // namespace portolan::options::completion_test
