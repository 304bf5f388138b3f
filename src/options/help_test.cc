// SPDX-License-Identifier: Apache-2.0
#include "options/help.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

namespace portolan::options::help_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<Option, 5> kRows{{
    {.names = "ports port",
     .shorts = "-p",
     .kind = Kind::kList,
     .value = "PORTS",
     .group = "Ports",
     .help = "Which ports to try.",
     .commands = "row"},
    {.names = "ttl",
     .kind = Kind::kNumber,
     .value = "N",
     .words = "most",
     .min = 1,
     .max = 255,
     .fallback = "255",
     .group = "Probes",
     .help = "The time to live of what is sent, which is the number of routers that it may pass on its way there.",
     .commands = "row"},
    {.names = "noreset", .kind = Kind::kBool, .group = "Probes", .help = "No RST\\now.", .commands = "row"},
    {.names = "color",
     .kind = Kind::kWord,
     .value = "WHEN",
     .words = "auto never",
     .group = "Output",
     .help = ".begins like a request",
     .commands = "row"},
    {.names = "banners", .kind = Kind::kRefused, .help = "none", .commands = "row"},
}};
constexpr std::array<Page::Example, 1> kExamples{{{"portolan row -p 80", "Rows to port 80."}}};
constexpr std::array<Page::Status, 1> kStatuses{{{2, "Bad input."}}};
constexpr Page kPage{.synopsis = "portolan row [options]",
                     .summary = "rows",
                     .description = "One.\n\nTwo.",
                     .examples = kExamples,
                     .statuses = kStatuses};

Table table() {
  std::vector<const Option*> rows;
  for (const Option& row : kRows) rows.push_back(&row);
  return Table("row", rows);
}

TEST(Help, IsThis) {
  EXPECT_EQ(render_help(table(), kPage, 72),
            R"(Usage: portolan row [options]

One.

Two.

Ports:
  -p, --ports PORTS           Which ports to try.

Probes:
  --ttl N                     The time to live of what is sent, which is
                              the number of routers that it may pass on
                              its way there. [1 to 255, or most;
                              default: 255]
  --noreset [yes|no]          No RST\now.

Output:
  --color WHEN                .begins like a request [one of: auto
                              never]

Examples:
  portolan row -p 80
      Rows to port 80.
)");
}

RC_GTEST_PROP(Help, KeepsToItsWidth, ()) {
  const auto width = *rc::gen::inRange<size_t>(60, 160);
  std::istringstream lines(render_help(table(), kPage, width));
  for (std::string line; std::getline(lines, line);) RC_ASSERT(line.size() <= width);
}

TEST(Help, LongCommandsStayCommands) {
  static constexpr std::array<Page::Example, 1> kLong{
      {{"portolan row --ports 1-1024,8000-9000 --ttl 64 --color never --noreset yes", "Far."}}};
  Page page = kPage;
  page.synopsis = "portolan row [options] north | north-east | east | south-east | south | south-west";
  page.examples = kLong;
  const std::string said = render_help(table(), page, 60);
  EXPECT_THAT(said, ::testing::StartsWith("Usage: portolan row [options] north | north-east | east |\n"
                                          "       south-east | south | south-west\n\n"));
  EXPECT_THAT(said, HasSubstr("Examples:\n  portolan row --ports 1-1024,8000-9000 --ttl 64 --color \\\n"
                              "    never --noreset yes\n      Far.\n"));
}

TEST(Man, NamesEveryOptionAndNoRefusedOne) {
  const std::string page = render_man(table(), kPage, "0.1.0");
  for (const char* name : {"\\-p, \\-\\-ports PORTS", "\\-\\-ttl N", "\\-\\-noreset [", "\\-\\-color WHEN"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format(".B \"{}", name)));
  }
  EXPECT_THAT(page, HasSubstr(".br\nThe same: \\-\\-port.\n"));
  EXPECT_THAT(page, Not(HasSubstr("banners")));
  EXPECT_THAT(page, HasSubstr(".SH \"EXIT STATUS\"\n.TP\n.B \"2\"\nBad input.\n"));
}

TEST(Man, TextNeverActsAsARequest) {
  const std::string page = render_man(table(), kPage, "0.1.0");
  EXPECT_THAT(page, HasSubstr("\\&.begins like"));
  EXPECT_THAT(page, HasSubstr("No RST\\enow."));
}

TEST(Man, ChaptersAreThis) {
  static constexpr std::array<Page::Item, 1> kItems{{{"SIGHUP", "Nothing, \"so far\"."}}};
  static constexpr std::array<Page::Chapter, 2> kChapters{
      {{.title = "LONG ROWS", .text = "Said 'once'.\n\n  row ~/log\n  .row\n\nSo be it."},
       {.title = "SIGNALS", .text = "", .items = kItems}}};
  Page page = kPage;
  page.chapters = kChapters;
  page.see_also = "portolan(1) nft(8)";
  const std::string text = render_man(table(), page, "0.1.0");
  EXPECT_THAT(text, HasSubstr(".SH \"LONG ROWS\"\nSaid \\(aqonce\\(aq.\n.PP\n.nf\n  row \\(ti/log\n  .row\n.fi\n"
                              ".PP\nSo be it.\n.SH \"SIGNALS\"\n.TP\n.B \"SIGHUP\"\nNothing, \"so far\".\n"
                              ".SH EXAMPLES\n"));
  EXPECT_THAT(text, ::testing::EndsWith(".SH \"SEE ALSO\"\n.BR portolan (1),\n.BR nft (8)\n"));
}

TEST(Man, OfNoCommandIsTheProgramsOwn) {
  const std::string page = render_man(Table("", {}), kPage, "0.1.0");
  EXPECT_THAT(page, ::testing::StartsWith(".TH \"PORTOLAN\" 1 "));
  EXPECT_THAT(page, Not(HasSubstr("OPTIONS")));
}

}  // namespace
}  // namespace portolan::options::help_test
