// SPDX-License-Identifier: Apache-2.0
// List files of any bytes. The first byte says where the text is cut; a reading in pieces must equal that in one, and
// whatever is read makes a set whose numbering is its own inverse and holds nothing that is never sent to.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "addr/list_reader.h"
#include "addr/special_ranges.h"

namespace {

using namespace portolan::addr;

struct Reading {
  std::vector<std::string> messages;
  uint64_t items = 0, errors = 0, lines = 0, digest = 0;

  bool operator==(const Reading&) const = default;
};

void check_target(const TargetSet& set, portolan::base::u128 index) {
  const Target t = set.pick(index);
  if (set.index_of(t) != index) std::abort();
  const auto* row4 = t.address.is_v4() ? special_range_of(t.address.v4_bits(), t.address.v4_bits()) : nullptr;
  if (row4 != nullptr && row4->kind == SpecialKind::kNeverOnWire) std::abort();
  const auto* row6 = t.address.is_v4() ? nullptr : special_range_of(t.address.v6_bits(), t.address.v6_bits());
  if (row6 != nullptr && row6->kind == SpecialKind::kNeverOnWire) std::abort();
}

void check_set(const TargetSet& set) {
  if (set.empty()) return;
  for (const unsigned part : {0u, 1u, 2u, 3u}) check_target(set, (set.size() - 1) / 3 * part);
  check_target(set, set.size() - 1);
}

Reading read(std::string_view text, size_t piece) {
  TargetSetBuilder builder;
  builder.add_services(Protocol::kTcp, 1, 3);
  ListReader reader(builder, ListPurpose::kTargets);
  for (size_t at = 0; at < text.size(); at += piece) reader.feed(std::string(text.substr(at, piece)));
  reader.finish();
  if (reader.errors().size() != std::min<uint64_t>(reader.error_count(), ListReader::kErrorsKept)) std::abort();
  Reading r{{}, reader.item_count(), reader.error_count(), reader.line_count(), 0};
  for (const ListError& e : reader.errors()) r.messages.push_back(e.to_string());
  for (const ListedName& n : reader.names()) r.messages.push_back(to_string(TargetItem(n.host)));
  const auto built = std::move(builder).build();
  if (built) check_set(built->set), r.digest = built->set.digest();
  return r;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(read(text, 1 + data[0] % 32) == read(text, text.size() + 1))) std::abort();
  return 0;
}
