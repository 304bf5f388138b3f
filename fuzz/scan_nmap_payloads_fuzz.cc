// SPDX-License-Identifier: Apache-2.0
// Files of UDP payloads, of any bytes. What is refused names a line that is there; what is taken stands in the table,
// within its bounds, and reads the same again behind a comment.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scan/payload_files.h"

namespace {

using namespace portolan::scan;

void check(bool holds) {
  if (!holds) std::abort();
}

bool same(portolan::base::Bytes a, portolan::base::Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void check_table(const OwnPayloads& own, const OwnPayloads& again) {
  check(own.number(0) == 0 && own.size() == again.size());
  for (uint32_t port = 1; port <= UINT16_MAX; ++port) {
    const uint16_t n = own.number(static_cast<uint16_t>(port));
    check(n == again.number(static_cast<uint16_t>(port)) && n <= own.size());
    if (n != 0) check(own.payload(n).size() <= OwnPayloads::kMaxBytes && same(own.payload(n), again.payload(n)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  OwnPayloads own, again;
  const auto first = read_nmap_payloads(text, own);
  const auto second = read_nmap_payloads("# a comment\n" + text, again);
  check(first.has_value() == second.has_value());
  check_table(own, again);
  if (first) {
    check(first->entries == second->entries);
    return 0;
  }
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  check(first.error().line >= 1 && first.error().line <= lines && second.error().line == first.error().line + 1);
  check(!first.error().what.empty() && !first.error().cure.empty());
  return 0;
}
