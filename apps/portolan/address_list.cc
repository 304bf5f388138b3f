// SPDX-License-Identifier: Apache-2.0
#include "portolan/address_list.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "addr/grammar.h"
#include "portolan/errors.h"
#include "portolan/files.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kCure = "write addresses, networks such as 192.0.2.0/24, or ranges; no names and no ports";

std::string trimmed(std::string_view line) {
  line = line.substr(0, line.find_first_of("#;\t"));
  const size_t first = line.find_first_not_of(" \r");
  if (first == std::string_view::npos) return {};
  return std::string(line.substr(first, line.find_last_not_of(" \r") - first + 1));
}

}  // namespace

void AddressList::read_words(const Sourced& text) {
  if (!take(text.text, text.where.to_string()))
    refuse("there is no address", text.where.to_string(), std::string(kCure));
}

void AddressList::read_file(const Sourced& path, bool may_be_empty) {
  std::string rest;
  uint64_t line = 0;
  bool any = false;
  const auto take_line = [&](std::string_view text) {
    ++line;
    const options::Where at{.file = file_title(path.text), .line = line};
    any |= take(trimmed(text), at.to_string());
  };
  cli::read_file(path.text, path.where, [&](std::string_view piece) {
    for (size_t end; (end = piece.find('\n')) != std::string_view::npos; piece.remove_prefix(end + 1)) {
      rest.append(piece.substr(0, end));
      take_line(rest);
      rest.clear();
    }
    rest.append(piece);
  });
  if (!rest.empty()) take_line(rest);
  if (!any && !may_be_empty) {
    refuse(fmt::format("{} holds no address", file_title(path.text)), path.where.to_string(),
           "write at least one address into it, or leave the option out");
  }
}

bool AddressList::take(const std::string& text, const std::string& where) {
  if (text.empty()) return false;
  const auto items = addr::parse_targets(text);
  if (!items) refuse(items.error().what, where, items.error().cure);
  for (const addr::TargetItem& item : *items) {
    const auto* range = std::get_if<addr::AddressRange>(&item);
    if (range == nullptr) {
      refuse(fmt::format("'{}' is not an address or a network", addr::to_string(item)), where, std::string(kCure));
    }
    add(range->first, range->last);
  }
  return true;
}

void AddressList::add(const addr::IpAddress& first, const addr::IpAddress& last) {
  if (impossible_.empty()) {
    for (const addr::IpAddress& a : {first, last}) {
      if (respond::is_unanswerable(a)) impossible_ = a.to_string();
    }
  }
  if (first.is_v4()) {
    v4_.add(first.v4_bits(), last.v4_bits());
  } else {
    v6_.add(first.v6_bits(), last.v6_bits());
  }
}

respond::AddressSet AddressList::set() && { return {std::move(v4_), std::move(v6_)}; }

}  // namespace portolan::cli
