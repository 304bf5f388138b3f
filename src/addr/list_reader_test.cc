// SPDX-License-Identifier: Apache-2.0
#include "addr/list_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace portolan::addr::list_reader_test {
namespace {

// All that a list makes, as text, so that two readings can be compared.
struct Reading {
  std::vector<std::string> errors;
  std::vector<std::string> names;
  uint64_t items = 0;
  uint64_t targets = 0;
  uint64_t digest = 0;

  bool operator==(const Reading&) const = default;
};

Reading read(std::string_view text, size_t piece, ListPurpose purpose = ListPurpose::kTargets) {
  TargetSetBuilder builder;
  builder.add_service({Protocol::kTcp, 80});
  ListReader reader(builder, purpose);
  for (size_t at = 0; at < text.size(); at += piece) {
    const std::string copy(text.substr(at, piece));  // so that reading beyond a piece is caught
    reader.feed(copy);
  }
  reader.finish();
  Reading r;
  for (const ListError& e : reader.errors()) r.errors.push_back(e.to_string());
  for (const ListedName& n : reader.names()) {
    r.names.push_back(std::to_string(n.place.line) + ":" + std::to_string(n.place.column) + " " +
                      to_string(TargetItem(n.host)));
  }
  r.items = reader.item_count();
  if (purpose == ListPurpose::kExclusions) builder.add_v4(0x0a000000, 0x0affffff);
  const TargetSet set = std::move(builder).build().value().set;
  r.targets = static_cast<uint64_t>(set.size());
  r.digest = set.digest();
  return r;
}

constexpr std::string_view kEverything =
    "\xef\xbb\xbf# a comment, 1.1.1.1\r\n"
    "10.0.0.1\r\n"
    "10.0.0.2 10.0.0.3,10.0.0.4,\t,10.0.0.5 ; 9.9.9.9\n"
    "\n"
    "// 9.9.9.8\n"
    "10.0.1.0/24#tight\n"
    "10.0.2.1-10.0.2.8 // wide\n"
    "fd00::1, [fd00::2]\n"
    "10.0.0.9:443 [fd00::9]:53/udp\n"
    "www.example.com ftp.example.com:21\n"
    "10.0.0.6";

TEST(ListReader, ReadsAllThatTheGrammarHas) {
  const Reading r = read(kEverything, kEverything.size());
  EXPECT_EQ(r.errors, std::vector<std::string>{});
  EXPECT_EQ(r.names, (std::vector<std::string>{"10:1 www.example.com", "10:17 ftp.example.com:21/tcp"}));
  EXPECT_EQ(r.items, 14u);
  EXPECT_EQ(r.targets, 6u + 256 + 8 + 2 + 2);
}

TEST(ListReader, CutsDoNotMatter) {
  const Reading whole = read(kEverything, kEverything.size());
  for (size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(read(kEverything, piece), whole) << piece;
}

struct Mistake {
  std::string text;
  const char* error;  // its beginning
};

TEST(ListReader, MistakesHaveLineAndColumn) {
  const Mistake mistakes[] = {
      {"10.0.0.256", "1:8: 256 is above 255"},
      {"10.0.0.1\n  10.0.0.1/33 \n", "2:12: 33 is above 32"},
      {"10.0.0.1\r\n10.0.0.1, 10.0.0\r\n", "2:11: '10.0.0' is not a whole"},
      {"\xef\xbb\xbf"
       "10.0.0.",
       "1:1: '10.0.0.' has an empty place"},
      {"\xef\xbb", "1:1: the byte 0xef"},
      {"\xef\xbb 10.0.0.1", "1:1: the byte 0xef"},
      {"\xff\xfe"
       "1",
       "1:1: the byte 0xff"},
      {"# ok\n-\n", "2:1: an address is missing"},
      {"/", "1:1: an address is missing"},
      {"10.0.0.1//24", "1:10: '/24' is not a prefix length"},
      {"\n\n\n10.0.0.1 - 10.0.0.4", "4:10: an address is missing"},
      {"10.0.0.01", "1:8: '01' has a leading zero"},
      {std::string("10.0.0.1") + '\0', "1:9: the byte 0x00"},
      {std::string(5000, 'a'), "1:1: 'aaaaaaaaaaaaaaaaaaaa' goes on for more than 512 bytes"},
  };
  for (const Mistake& m : mistakes) {
    for (const size_t piece : {size_t{1}, size_t{3}, size_t{10000}}) {
      const Reading r = read(m.text, piece);
      ASSERT_EQ(r.errors.size(), 1u) << m.text;
      EXPECT_EQ(r.errors[0].substr(0, std::string_view(m.error).size()), m.error)
          << m.text << " in pieces of " << piece;
    }
  }
}

TEST(ListReader, CountsMistakesThatItDoesNotKeep) {
  TargetSetBuilder builder;
  ListReader reader(builder, ListPurpose::kTargets);
  for (int i = 0; i < 1000; ++i) reader.feed("1.2.3\n");
  reader.finish();
  EXPECT_EQ(reader.errors().size(), ListReader::kErrorsKept);
  EXPECT_EQ(reader.error_count(), 1000u);
  EXPECT_EQ(reader.errors()[19].place.line, 20u);
}

TEST(ListReader, ExclusionsExclude) {
  const Reading r = read("10.0.0.0/9\n10.255.255.255\nbad.example\n", 7, ListPurpose::kExclusions);
  EXPECT_TRUE(r.errors.empty());
  EXPECT_EQ(r.targets, (1u << 23) - 1);
  EXPECT_EQ(r.names, std::vector<std::string>{"3:1 bad.example"});
  for (const char* bad : {"10.0.0.1:80", "bad.example:80"}) {
    const Reading refused = read(bad, 7, ListPurpose::kExclusions);
    ASSERT_EQ(refused.errors.size(), 1u);
    EXPECT_NE(refused.errors[0].find("--exclude-ports"), std::string::npos);
  }
}

RC_GTEST_PROP(ListReader, AnyTextAnyCut, (uint8_t piece)) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0125./:-#; ,\n\r\xef\xbb\xbf")));
  RC_ASSERT(read(text, 1 + piece % 16) == read(text, text.size() + 1));
}

}  // namespace
}  // namespace portolan::addr::list_reader_test
