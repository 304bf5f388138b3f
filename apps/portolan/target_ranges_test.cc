// SPDX-License-Identifier: Apache-2.0
#include "portolan/target_ranges.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "addr/grammar.h"
#include "addr/special_ranges.h"
#include "addr/target_set_builder.h"

namespace portolan::cli::target_ranges_test {
namespace {

using addr::IpAddress;
using base::u128;

addr::TargetSet build(const std::vector<std::string>& items, bool include_reserved) {
  addr::TargetSetBuilder builder;
  for (const std::string& text : items) {
    const auto item = addr::parse_target(text);
    EXPECT_TRUE(item) << text;
    if (const auto* range = std::get_if<addr::AddressRange>(&*item)) {
      builder.add(range->first, range->last);
    } else {
      builder.add_pair(std::get<addr::Target>(*item));
    }
  }
  builder.add_service({addr::Protocol::kArp, 0});
  return std::move(builder).build({.include_reserved = include_reserved}).value().set;
}

std::vector<std::string> texts(const addr::TargetSet& set, RangeForm form) {
  std::vector<std::string> out;
  for_each_target_range(set, form, [&out](std::string_view text) { out.emplace_back(text); });
  return out;
}

using Texts = std::vector<std::string>;

TEST(TargetRanges, AreInOrderAndDisjoint) {
  const auto set =
      build({"2001:db8::1", "10.0.0.9", "10.0.0.0/29", "10.0.0.8", "10.0.0.1:80", "[fd00::1]:53/udp"}, false);
  EXPECT_EQ(texts(set, RangeForm::kRanges),
            (Texts{"10.0.0.0-10.0.0.9", "2001:db8::1", "10.0.0.1:80/tcp", "[fd00::1]:53/udp"}));
  EXPECT_EQ(texts(set, RangeForm::kPrefixes),
            (Texts{"10.0.0.0/29", "10.0.0.8/31", "2001:db8::1/128", "10.0.0.1:80/tcp", "[fd00::1]:53/udp"}));
}

TEST(TargetRanges, PrefixesAreAsWideAsMayBe) {
  EXPECT_EQ(texts(build({"1.0.0.0-1.0.0.255"}, false), RangeForm::kPrefixes), Texts{"1.0.0.0/24"});
  EXPECT_EQ(texts(build({"1.0.0.1-1.0.0.6"}, false), RangeForm::kPrefixes),
            (Texts{"1.0.0.1/32", "1.0.0.2/31", "1.0.0.4/31", "1.0.0.6/32"}));
  EXPECT_EQ(texts(build({"2400::/12"}, false), RangeForm::kPrefixes), Texts{"2400::/12"});
  // 10.0.0.0/8 is special: 8.0.0.0/6 would lose it.
  EXPECT_EQ(texts(build({"8.0.0.0/6"}, true), RangeForm::kPrefixes), (Texts{"8.0.0.0/7", "10.0.0.0/8", "11.0.0.0/8"}));
}

// Ranges that begin or end at special ones, or anywhere.
template <class Word>
Word any_word() {
  const auto rows = addr::special_ranges<Word>();
  const auto& row = rows[*rc::gen::inRange<size_t>(0, rows.size())];
  const auto at = *rc::gen::element(0, 1, 2);
  if (at == 2)
    return static_cast<Word>(base::make_u128(*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>()));
  return static_cast<Word>((at == 0 ? row.first : row.last()) + static_cast<Word>(*rc::gen::inRange(-2, 3)));
}

IpAddress address(uint32_t word) { return IpAddress::v4(word); }
IpAddress address(u128 word) { return IpAddress::v6(word); }

template <class Word>
void add_any(Texts& items) {
  for (int n = *rc::gen::inRange(0, 5); n > 0; --n) {
    Word first = any_word<Word>(), last = any_word<Word>();
    if (last < first) std::swap(first, last);
    items.push_back(address(first).to_string() + "-" + address(last).to_string());
  }
}

RC_GTEST_PROP(TargetRanges, ReadBackToTheSameAddressesWhateverThePolicy, ()) {
  Texts items{"10.0.0.1:443"};
  add_any<uint32_t>(items);
  add_any<u128>(items);
  std::erase_if(items, [](const std::string& text) { return !addr::parse_target(text).has_value(); });
  const auto set = build(items, *rc::gen::arbitrary<bool>());
  for (const RangeForm form : {RangeForm::kRanges, RangeForm::kPrefixes}) {
    const auto again = texts(set, form);
    if (form == RangeForm::kPrefixes) {
      RC_ASSERT(build(again, false).digest() == set.digest());
      RC_ASSERT(build(again, true).digest() == set.digest());
    } else {
      RC_ASSERT(again == texts(build(texts(set, RangeForm::kPrefixes), true), form));
    }
  }
}

}  // namespace
}  // namespace portolan::cli::target_ranges_test
