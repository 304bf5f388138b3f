// SPDX-License-Identifier: Apache-2.0
// The grammar of targets and ports on any bytes: what is read prints and reads back the same; an error says what is
// wrong, the cure, and a place inside the text.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <variant>

#include "addr/grammar.h"

namespace {

using namespace portolan::addr;

void check_error(const TextError& error, std::string_view text) {
  if (error.what.empty() || error.cure.empty()) std::abort();
  if (error.offset > text.size() || error.length > text.size() - error.offset) std::abort();
}

void check_sane(const TargetItem& item) {
  const auto* range = std::get_if<AddressRange>(&item);
  if (range == nullptr) return;
  if (range->last < range->first || range->first.family() != range->last.family()) std::abort();
}

void targets(std::string_view text) {
  const auto items = parse_targets(text);
  if (!items) return check_error(items.error(), text);
  for (const TargetItem& item : *items) {
    check_sane(item);
    const auto again = parse_target(to_string(item));
    if (!again || !(*again == item)) std::abort();
  }
}

void address(std::string_view text) {
  const auto parsed = parse_address(text);
  if (!parsed) return check_error(parsed.error(), text);
  const auto again = parse_address(parsed->to_string());
  if (!again || !(*again == *parsed)) std::abort();
}

std::optional<uint16_t> lookup(std::string_view name, Protocol) {
  if (name == "http") return 80;
  if (name == "echo") return 7;
  return std::nullopt;
}

void ports(std::string_view text) {
  const auto ranges = parse_ports(text, Protocol::kTcp, lookup);
  if (!ranges) return check_error(ranges.error(), text);
  for (const ServiceRange& r : *ranges) {
    if (r.first > r.last || (r.protocol == Protocol::kIp && r.last > 255)) std::abort();
  }
  const auto again = parse_ports(to_string(*ranges), Protocol::kTcp, lookup);
  if (!again || !(*again == *ranges)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  targets(text);
  address(text);
  ports(text);
  return 0;
}
