// SPDX-License-Identifier: Apache-2.0
#include "options/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "options/testing/every_kind.h"
#include "options/value.h"

namespace portolan::options::parse_test {
namespace {

using ::testing::HasSubstr;
using testing::table_of;

// A command of no use with an option of every kind.
constexpr std::array<Option, 14> kRows{{
    {.names = "rate max-rate", .kind = Kind::kText, .value = "RATE", .commands = "row"},
    {.names = "ports port", .shorts = "-p", .kind = Kind::kList, .value = "PORTS", .commands = "row"},
    {.names = "ttl", .kind = Kind::kNumber, .value = "N", .min = 1, .max = 255, .commands = "row"},
    {.names = "tcp-mss",
     .kind = Kind::kNumber,
     .value = "BYTES",
     .bare = "1460",
     .words = "off",
     .max = 65535,
     .commands = "row"},
    {.names = "wait", .kind = Kind::kSeconds, .value = "SECONDS", .words = "forever", .max = 3600, .commands = "row"},
    {.names = "noreset", .kind = Kind::kBool, .commands = "row"},
    {.names = "open-only", .kind = Kind::kFlag, .commands = "row"},
    {.shorts = "-sS", .kind = Kind::kFlag, .commands = "row"},
    {.shorts = "-6", .kind = Kind::kFlag, .commands = "row"},
    {.names = "source-ip", .shorts = "-S", .kind = Kind::kText, .value = "IP", .commands = "row"},
    {.names = "output", .shorts = "-oL", .kind = Kind::kText, .value = "FILE", .commands = "row"},
    {.names = "color", .kind = Kind::kWord, .words = "auto always never", .commands = "row"},
    {.names = "hello-string", .kind = Kind::kList, .value = "TEXT", .commands = "row", .indexed = true},
    {.names = "banners", .shorts = "-sV", .kind = Kind::kRefused, .help = "grab them by hand", .commands = "row"},
}};

const Table& table() {
  static const Table made = table_of("row", kRows);
  return made;
}

tl::expected<Settings, Error> parse_words(std::initializer_list<std::string_view> words) {
  return parse(table(), std::vector<std::string_view>(words));
}

// "name[index]=value" of each setting, then each word, by blanks.
std::string spell(const tl::expected<Settings, Error>& parsed) {
  if (!parsed) return "error: " + parsed.error().what;
  std::string out;
  for (const Setting& s : parsed->settings) {
    out += fmt::format("{}{}={} ", display(*s.option), s.index ? fmt::format("[{}]", *s.index) : "", s.value);
  }
  for (const Word& w : parsed->words) out += fmt::format("({}) ", w.text);
  if (!out.empty()) out.pop_back();
  return out;
}

TEST(Parse, EverySpelling) {
  EXPECT_EQ(spell(parse_words({"--rate", "10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"--rate=10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"--rate:10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"--MaxRate=10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"--max_rate", "10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"--m-a.x_RATE", "10"})), "--rate=10");
  EXPECT_EQ(spell(parse_words({"-p80"})), "--ports=80");
  EXPECT_EQ(spell(parse_words({"-p", "80", "-pU:53"})), "--ports=80 --ports=U:53");
  EXPECT_EQ(spell(parse_words({"-sS", "-S", "10.0.0.1"})), "-sS= --source-ip=10.0.0.1");
  EXPECT_EQ(spell(parse_words({"-oL", "a b", "10.0.0.1"})), "--output=a b (10.0.0.1)");
  EXPECT_EQ(spell(parse_words({"--hello-string[80]", "x"})), "--hello-string[80]=x");
  EXPECT_EQ(spell(parse_words({"--hello-string[65535]=a=b"})), "--hello-string[65535]=a=b");
  EXPECT_EQ(spell(parse_words({"--wait", "forever"})), "--wait=forever");
}

TEST(Parse, ValuesThatBeginWithAHyphen) {
  EXPECT_EQ(spell(parse_words({"-p", "-"})), "--ports=-");
  EXPECT_EQ(spell(parse_words({"-p-"})), "--ports=-");
  EXPECT_EQ(spell(parse_words({"--ports", "-100"})), "--ports=-100");
  EXPECT_EQ(spell(parse_words({"--rate", "-1"})), "--rate=-1");
  EXPECT_EQ(spell(parse_words({"--output=-x"})), "--output=-x");
  EXPECT_EQ(spell(parse_words({"-"})), "(-)");
  EXPECT_EQ(spell(parse_words({"-p", "-6", "-6", "-7"})), "--ports=-6 -6= (-7)");
}

TEST(Parse, ValuesThatMayBeLeftOut) {
  EXPECT_EQ(spell(parse_words({"--tcp-mss"})), "--tcp-mss=1460");
  EXPECT_EQ(spell(parse_words({"--tcp-mss", "10.0.0.1"})), "--tcp-mss=1460 (10.0.0.1)");
  EXPECT_EQ(spell(parse_words({"--tcp-mss", "536", "10.0.0.1"})), "--tcp-mss=536 (10.0.0.1)");
  EXPECT_EQ(spell(parse_words({"--tcp-mss", "off"})), "--tcp-mss=off");
  EXPECT_EQ(spell(parse_words({"--noreset", "no"})), "--noreset=no");
  EXPECT_EQ(spell(parse_words({"--noreset", "host"})), "--noreset=yes (host)");
}

TEST(Parse, OnlyWordsAfterTwoHyphens) {
  EXPECT_EQ(spell(parse_words({"-sS", "--", "--rate", "-p"})), "-sS= (--rate) (-p)");
}

struct Refusal {
  std::vector<std::string_view> words;
  std::string_view what, where, cure;
};

TEST(Parse, RefusesWithWhatWhereAndCure) {
  const Refusal kRefusals[] = {
      {{"--rat", "10"}, "no option --rat", "argument 1", "--rate"},
      {{"10.0.0.1", "--prots", "80"}, "no option --prots", "argument 2", "--ports"},
      {{"--zzzzzzzzzzzz"}, "no option", "argument 1", "--help"},
      {{"-oS", "x"}, "no option -oS", "argument 1", "-oL"},
      {{"-sSU"}, "no option -sSU", "argument 1", "-sS"},
      {{"--rate"}, "--rate needs a value", "argument 1", "--rate RATE"},
      {{"--rate", "--ttl", "3"}, "--rate needs a value", "argument 1", "--rate RATE"},
      {{"-oL", "-p80"}, "-oL needs a value", "argument 1", "-oL FILE"},
      {{"--rate="}, "empty value", "argument 1", "give it a value"},
      {{"--rate", ""}, "empty value", "argument 2", "give it a value"},
      {{"--open-only=yes"}, "takes no value", "argument 1", "leave the value out"},
      {{"--ttl", "300"}, "--ttl 300 is out of bounds", "argument 2", "1 to 255"},
      {{"--ttl", "0"}, "out of bounds", "argument 2", "1 to 255"},
      {{"--ttl", "-1"}, "out of bounds", "argument 2", "1 to 255"},
      {{"--ttl", "340282366920938463463374607431768211456"}, "out of bounds", "argument 2", "1 to 255"},
      {{"--ttl", "6x"}, "whole number, not '6x'", "argument 2", "decimal digits"},
      {{"--ttl", "0x10"}, "whole number", "argument 2", "decimal digits"},
      {{"--tcp-mss=on"}, "whole number, not 'on'", "argument 1", "off"},
      {{"--wait", "soon"}, "takes a time, not 'soon'", "argument 2", "forever"},
      {{"--wait", "2h"}, "out of bounds", "argument 2", "0 to 3600 seconds"},
      {{"--noreset=maybe"}, "yes or no, not 'maybe'", "argument 1", "yes, no"},
      {{"--color", "alway"}, "does not know 'alway'", "argument 2", "did you mean always"},
      {{"--hello-string[70000]=x"}, "index", "argument 1", "--name[80]"},
      {{"--hello-string[80=x"}, "index", "argument 1", "--name[80]"},
      {{"--hello-string[80]x"}, "not understood", "argument 1", "--name[number]=value"},
      {{"--rate[1]=x"}, "takes no index", "argument 1", "brackets"},
      {{"--banners"}, "does not take --banners", "argument 1", "by hand"},
      {{"--banners[80]=x"}, "does not take --banners[80]", "argument 1", "by hand"},
      {{"-sV"}, "does not take -sV", "argument 1", "by hand"},
  };
  for (const Refusal& r : kRefusals) {
    const auto parsed = parse(table(), r.words);
    ASSERT_FALSE(parsed) << fmt::format("{}", fmt::join(r.words, " "));
    EXPECT_THAT(parsed.error().what, HasSubstr(r.what));
    EXPECT_THAT(parsed.error().where, HasSubstr(r.where));
    EXPECT_THAT(parsed.error().cure, HasSubstr(r.cure));
  }
}

TEST(Parse, CountsArgumentsAsTheShellDoes) {
  const std::vector<std::string_view> words{"a", "--ttl", "x"};
  EXPECT_EQ(parse(table(), words, 2).error().where, "argument 4");
}

TEST(Table, TwoRowsMayNotShareAName) {
  const Option a{.names = "max-rate", .commands = "row"};
  const Option b{.names = "maxrate", .commands = "row"};
  const std::vector<const Option*> rows{&a, &b};
  EXPECT_THROW(Table("row", rows), std::logic_error);
}

TEST(Table, TakesTheRowsOfItsCommandOnly) {
  const Option a{.names = "rate", .commands = "row sail"};
  const Option b{.names = "speed", .commands = "row"};
  const std::vector<const Option*> rows{&a, &b};
  const Table sail("sail", rows);
  EXPECT_NE(sail.find("rate"), nullptr);
  EXPECT_EQ(sail.find("speed"), nullptr);
}

// --- Whatever is set and however it is spelt, it reads back the same. ---

std::string letters(std::string_view alphabet, size_t least) {
  const size_t n = *rc::gen::inRange<size_t>(least, 12);
  return *rc::gen::container<std::string>(n, rc::gen::elementOf(std::string(alphabet)));
}

std::string a_value_of(const Option& o) {
  switch (o.kind) {
    case Kind::kNumber:
      return o.words.empty() || *rc::gen::arbitrary<bool>()
                 ? std::to_string(*rc::gen::inRange<uint64_t>(o.min, o.max + 1))
                 : std::string(o.words);
    case Kind::kSeconds:
      return fmt::format("{}.{:03}", *rc::gen::inRange(0, 3600), *rc::gen::inRange(0, 1000));
    case Kind::kBool:
      return *rc::gen::elementOf(std::vector<std::string>{"yes", "no", "on", "off", "True", "FALSE", "1", "0"});
    case Kind::kWord:
      return std::string(*rc::gen::elementOf(split_words(o.words)));
    default:
      return letters("abcXYZ019.:=[]/ ,", 1);
  }
}

// The name with its case and its ignored characters shaken.
std::string shaken(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (*rc::gen::inRange(0, 4) == 0) out += *rc::gen::elementOf(std::string("-_."));
    if (c == '-') continue;
    const bool up = c >= 'a' && c <= 'z' && *rc::gen::arbitrary<bool>();
    out.push_back(up ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return out;
}

void write_long(std::vector<std::string>& argv, const Setting& s) {
  std::string word = "--" + shaken(*rc::gen::elementOf(split_words(s.option->names)));
  if (s.index) word += fmt::format("[{}]", *s.index);
  const int form = *rc::gen::inRange(0, 3);
  if (s.option->kind == Kind::kFlag) {
    argv.push_back(word);
  } else if (form == 0) {
    argv.push_back(word + "=" + s.value);
  } else if (form == 1) {
    argv.push_back(word + ":" + s.value);
  } else {
    argv.push_back(word);
    argv.push_back(s.value);
  }
}

void write_short(std::vector<std::string>& argv, const Setting& s) {
  const std::string form(split_words(s.option->shorts).at(0));
  if (s.option->kind == Kind::kFlag) {
    argv.push_back(form);
  } else if (*rc::gen::arbitrary<bool>()) {
    argv.push_back(form + s.value);
  } else {
    argv.push_back(form);
    argv.push_back(s.value);
  }
}

RC_GTEST_PROP(Parse, ReadsBackWhatWasWritten, ()) {
  std::vector<std::string> argv;
  std::vector<Setting> wanted;
  std::vector<std::string> words;
  const size_t n = *rc::gen::inRange<size_t>(0, 12);
  for (size_t i = 0; i < n; ++i) {
    if (*rc::gen::inRange(0, 5) == 0) {
      words.push_back(letters("0123456789abc.:/", 1));
      argv.push_back(words.back());
      continue;
    }
    Setting s;
    s.option = *rc::gen::elementOf(std::vector<const Option*>(table().rows().begin(), table().rows().end() - 1));
    if (s.option->kind != Kind::kFlag) s.value = a_value_of(*s.option);
    if (s.option->indexed) s.index = *rc::gen::arbitrary<uint16_t>();
    const bool use_short = s.option->names.empty() || (!s.option->shorts.empty() && *rc::gen::arbitrary<bool>());
    use_short ? write_short(argv, s) : write_long(argv, s);
    wanted.push_back(std::move(s));
  }
  const std::vector<std::string_view> views(argv.begin(), argv.end());
  const auto parsed = parse(table(), views);
  RC_LOG() << fmt::format("{}", fmt::join(argv, " | "));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->settings.size() == wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    RC_ASSERT(parsed->settings[i].option == wanted[i].option);
    RC_ASSERT(parsed->settings[i].index == wanted[i].index);
    RC_ASSERT(parsed->settings[i].value == wanted[i].value);
  }
  RC_ASSERT(parsed->words.size() == words.size());
  for (size_t i = 0; i < words.size(); ++i) RC_ASSERT(parsed->words[i].text == words[i]);
}

}  // namespace
}  // namespace portolan::options::parse_test
