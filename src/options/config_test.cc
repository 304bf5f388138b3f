// SPDX-License-Identifier: Apache-2.0
#include "options/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "options/testing/every_kind.h"

namespace portolan::options::config_test {
namespace {

using ::testing::HasSubstr;
using testing::table_of;

constexpr std::array<Option, 10> kRows{{
    {.names = "rate max-rate", .kind = Kind::kText, .value = "RATE", .commands = "row"},
    {.names = "ports port", .shorts = "-p", .kind = Kind::kList, .value = "PORTS", .commands = "row"},
    {.names = "ttl", .kind = Kind::kNumber, .value = "N", .min = 1, .max = 255, .commands = "row"},
    {.names = "tcp-mss", .kind = Kind::kNumber, .bare = "1460", .words = "off", .max = 65535, .commands = "row"},
    {.names = "top-ports", .kind = Kind::kNumber, .bare = "20", .min = 1, .max = 1000, .commands = "row"},
    {.names = "noreset", .kind = Kind::kBool, .commands = "row"},
    {.names = "open-only", .kind = Kind::kFlag, .commands = "row"},
    {.shorts = "-x -xy", .kind = Kind::kText, .value = "FILE", .commands = "row"},
    {.names = "hello-string", .kind = Kind::kList, .value = "TEXT", .commands = "row", .indexed = true},
    {.names = "banners", .shorts = "-sV", .kind = Kind::kRefused, .help = "grab them by hand", .commands = "row"},
}};

const Table& table() {
  static const Table made = table_of("row", kRows);
  return made;
}

// "name[index]=value" of each setting that is left, by blanks.
std::string spell(std::string_view text, ConfigReading reading = nullptr) {
  auto lines = parse_config(table(), text, "f", reading);
  if (!lines) return fmt::format("{} | {} | {}", lines.error().what, lines.error().where, lines.error().cure);
  std::string out;
  for (const Setting& s : settle(*std::move(lines)).settings) {
    out += out.empty() ? "" : " ";
    out += config_name(*s.option);
    if (s.index) out += fmt::format("[{}]", *s.index);
    if (!s.value.empty()) out += "=" + s.value;
  }
  return out;
}

TEST(Config, IsWrittenAsPeopleWriteIt) {
  EXPECT_EQ(spell("rate = 10k\n"), "rate=10k");
  EXPECT_EQ(spell("  MAX_rate=10k   \r\n\n\t\nttl =9"), "rate=10k ttl=9");
  EXPECT_EQ(spell("rate = 100       \nports = 80, 443 U:53\n"), "rate=100 ports=80, 443 U:53");
  EXPECT_EQ(spell("\xef\xbb\xbfrate = 1\n"), "rate=1");
  EXPECT_EQ(spell("hello-string[80] = a=b\nhello-string = c\n"), "hello-string[80]=a=b hello-string=c");
  EXPECT_EQ(spell("--rate = 5\n-p = 80\n-x = f\n"), "rate=5 ports=80 -x=f");
}

TEST(Config, RemarksBeginWithPunctuation) {
  EXPECT_EQ(spell("# rate = 1\n; rate = 1\n// rate = 1\n  # x\n[scan]\n----\n- item\n--- rate = 1 ---\n\"x\n"), "");
}

TEST(Config, FlagsAreTrueOrFalse) {
  for (const char* on : {"true", "yes", "1", "ON"}) EXPECT_EQ(spell(fmt::format("open-only = {}", on)), "open-only");
  for (const char* off : {"false", "no", "0", "off", ""}) {
    EXPECT_EQ(spell(fmt::format("open-only = yes\nopen-only = {}", off)), "") << off;
  }
  EXPECT_EQ(spell("noreset = false\n"), "noreset=false");
  EXPECT_EQ(spell("tcp-mss = true\ntop-ports = yes\n"), "tcp-mss=1460 top-ports=20");
  EXPECT_EQ(spell("tcp-mss = false\ntop-ports = 5\ntop-ports = false\n"), "tcp-mss=off");
  EXPECT_EQ(spell("top-ports = 1\n"), "top-ports=1");
}

TEST(Config, ListsAccumulateAndAreCleared) {
  EXPECT_EQ(spell("ports = 1\nrate = 5\nports = 2\n"), "ports=1 rate=5 ports=2");
  EXPECT_EQ(spell("ports = 1\nrate = 5\nports =\nports = 2\n"), "rate=5 ports=2");
  EXPECT_EQ(spell("hello-string[1] = a\nhello-string[2] = b\nhello-string[1] =\n"), "hello-string[2]=b");
  EXPECT_EQ(spell("hello-string[1] = a\nhello-string[2] = b\nhello-string =\n"), "");
  EXPECT_EQ(spell("ports =\nports = 3"), "ports=3");
}

TEST(Config, QuotesHoldWhatALineCannot) {
  EXPECT_EQ(spell("rate = \" a\\n\\t\\r\\\"\\\\\\x00\\xfF \"\n"), std::string("rate= a\n\t\r\"\\\0\xff ", 15));
  EXPECT_EQ(spell("rate = a \"b\" c\n"), "rate=a \"b\" c");
  EXPECT_THAT(spell("rate = \"\"\n"), HasSubstr("empty value"));
  for (const char* bad : {"\"", "\"a", "\"a\" b", "\"\\q\"", "\"\\x0\"", "\"\\x0g\"", "\"a\\\"", "\"a\\"}) {
    EXPECT_THAT(spell(fmt::format("\nrate = {}\n", bad)), ::testing::AllOf(HasSubstr("quotes"), HasSubstr("| f:2:8 |")))
        << bad;
  }
}

TEST(Config, WhatIsRefusedMayBeOff) {
  EXPECT_EQ(spell("banners = false\nbanners =\nbanners = 0\n-sV = no\n"), "");
  EXPECT_EQ(spell("banners = true"), "portolan row does not take banners | f:1:1 | grab them by hand");
}

TEST(Config, DoubtsHaveAPlaceAndACure) {
  EXPECT_EQ(spell("rate = 1\n  raet = 2\n"), "there is no option 'raet' | f:2:3 | did you mean rate?");
  EXPECT_EQ(spell("--raet = 2\n"), "there is no option '--raet' | f:1:1 | did you mean --rate?");
  EXPECT_THAT(spell("frobnicate = 2\n"), HasSubstr("| f:1:1 | portolan row --help"));
  EXPECT_THAT(spell("= 2\n"), ::testing::IsEmpty());  // a remark: it begins with punctuation
  EXPECT_THAT(spell("rate 10\n"), HasSubstr("no '=' in 'rate 10' | f:1:1 | write name = value"));
  EXPECT_THAT(spell("--rate 10\n"), HasSubstr("no '='"));
  EXPECT_THAT(spell("# \n\nttl =   300\n"), HasSubstr("out of bounds | f:3:9 | give 1 to 255"));
  EXPECT_THAT(spell("ttl = 10 # hops\n"), HasSubstr("whole number"));
  EXPECT_THAT(spell("open-only = maybe\n"), HasSubstr("true or false here, not 'maybe' | f:1:13"));
  EXPECT_THAT(spell("rate[1] = 5\n"), HasSubstr("takes no index | f:1:5"));
  EXPECT_THAT(spell("hello-string[x] = 5\n"), HasSubstr("not a number"));
  EXPECT_THAT(spell("hello-string[1 = 5\n"), HasSubstr("not a number"));
  EXPECT_THAT(spell("hello-string[1]x = 5\n"), HasSubstr("'x' after the index"));
  EXPECT_THAT(spell("-xfile = 5\n"), HasSubstr("no option '-xfile'"));
  EXPECT_THAT(spell("ELF\x01\x02" + std::string(100, 'x')), HasSubstr("'ELF??" + std::string(55, 'x') + "...'"));
  EXPECT_THAT(spell(std::string(100'000, 'x') + "="), HasSubstr("there is no option 'xxx"));
}

TEST(Config, AReadingMayChangeAValueOrTakeItForNothing) {
  const auto reading = [](const Option& option, std::string_view name, std::string& value) {
    if (option.kind == Kind::kRefused) return name != "banners" || value != "default";
    if (value == "1 2") value = "1:2";
    return value != "0.0.0.0";
  };
  EXPECT_EQ(spell("rate = 5\nrate = 0.0.0.0\n-x = 1 2\nBan_ners = default\n", reading), "-x=1:2");
  EXPECT_THAT(spell("banners = other\n", reading), HasSubstr("does not take"));
}

RC_GTEST_PROP(Config, EverySettingReadsBack, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty<std::string>());
  std::vector<Setting> said;
  std::string file;
  for (const std::string& text : texts) {
    const Option* option = &kRows.at(*rc::gen::element<size_t>(0, 1, 6, 7, 8));
    Setting s{option, {}, option->kind == Kind::kFlag ? "" : text, {}};
    if (option->indexed && *rc::gen::arbitrary<bool>()) s.index = *rc::gen::arbitrary<uint16_t>();
    file += config_line(s);
    said.push_back(std::move(s));
  }
  auto lines = parse_config(table(), file, "f");
  RC_ASSERT(lines.has_value());
  const Settings back = settle(*std::move(lines));
  RC_ASSERT(back.settings.size() == said.size());
  for (size_t i = 0; i < said.size(); ++i) {
    RC_ASSERT(back.settings[i].option == said[i].option);
    RC_ASSERT(back.settings[i].index == said[i].index);
    RC_ASSERT(back.settings[i].value == said[i].value);
  }
}

RC_GTEST_PROP(Config, AnyTextIsTakenOrRefusedWithItsPlace, (const std::string& text)) {
  for (const std::string& whole : {text, "rate = " + text, "hello-string[" + text, "rate = \"" + text}) {
    const auto lines = parse_config(table(), whole, "f");
    if (!lines) RC_ASSERT(!lines.error().what.empty() && !lines.error().where.empty() && !lines.error().cure.empty());
  }
}

}  // namespace
}  // namespace portolan::options::config_test
