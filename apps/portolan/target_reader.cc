// SPDX-License-Identifier: Apache-2.0
#include "portolan/target_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/names.h"
#include "portolan/scan_services.h"

namespace portolan::cli {
namespace {

using addr::ListPurpose;

constexpr size_t kPlacesShown = 5;

[[noreturn]] void refuse_list(const std::string& path, const addr::ListReader& list) {
  const addr::ListError& first = list.errors().front();
  const options::Where at{.file = file_title(path), .line = first.place.line, .column = first.place.column};
  std::string where = at.to_string();
  if (list.error_count() > 1) {
    where += fmt::format(", and {} more:", list.error_count() - 1);
    const size_t shown = std::min(list.errors().size(), kPlacesShown + 1);
    for (size_t i = 1; i < shown; ++i) {
      where += fmt::format(" {}:{}", list.errors()[i].place.line, list.errors()[i].place.column);
    }
    if (list.error_count() > shown) where += " ...";
  }
  refuse(first.error.what, where, first.error.cure);
}

}  // namespace

void TargetReader::read(const Sourced& text, ListPurpose purpose) {
  const auto items = addr::parse_targets(text.text);
  if (!items) {
    refuse(items.error().what, place_in(text, items.error().offset), items.error().cure);
  }
  for (const addr::TargetItem& item : *items) take(item, purpose, text.where);
  if (purpose == ListPurpose::kTargets) target_count_ += items->size();
}

void TargetReader::read_list(const Sourced& path, ListPurpose purpose) {
  addr::ListReader list(builder_, purpose);
  read_file(path.text, path.where, [&list](std::string_view piece) { list.feed(piece); });
  list.finish();
  if (list.error_count() > 0) refuse_list(path.text, list);
  for (const addr::ListedName& name : list.names()) {
    take_name(name.host, purpose,
              {.file = file_title(path.text), .line = name.place.line, .column = name.place.column});
  }
  if (purpose == ListPurpose::kTargets) target_count_ += list.item_count();
}

void TargetReader::take(const addr::TargetItem& item, ListPurpose purpose, const options::Where& where) {
  if (const auto* host = std::get_if<addr::HostName>(&item)) return take_name(*host, purpose, where);
  if (const auto* range = std::get_if<addr::AddressRange>(&item)) {
    purpose == ListPurpose::kTargets ? builder_.add(range->first, range->last)
                                     : builder_.exclude(range->first, range->last);
    return;
  }
  if (purpose == ListPurpose::kExclusions) {
    refuse(fmt::format("'{}' excludes one port of an address", addr::to_string(item)), where.to_string(),
           "exclude the whole address, or the port everywhere with --exclude-ports");
  }
  builder_.add_pair(std::get<addr::Target>(item));
}

void TargetReader::take_name(const addr::HostName& host, ListPurpose purpose, const options::Where& where) {
  if (purpose == ListPurpose::kExclusions && host.service) {
    refuse(fmt::format("'{}' excludes one port of a host", addr::to_string(host)), where.to_string(),
           "exclude the whole host, or the port everywhere with --exclude-ports");
  }
  for (const addr::IpAddress& address : addresses_of(host.name, where)) {
    if (purpose == ListPurpose::kExclusions) {
      builder_.exclude(address, address);
    } else if (host.service) {
      builder_.add_pair({address, *host.service});
    } else {
      builder_.add(address, address);
    }
  }
}

const std::vector<addr::IpAddress>& TargetReader::addresses_of(const std::string& name, const options::Where& where) {
  const auto known =
      std::find_if(resolved_.begin(), resolved_.end(), [&](const ResolvedName& r) { return r.name == name; });
  if (known != resolved_.end()) return known->addresses;
  if (!looks_like_host_name(name)) {
    refuse(fmt::format("'{}' is neither an address nor a host name", name), where.to_string(),
           "write an address as four decimal numbers, such as 192.0.2.1");
  }
  auto found = resolve_host(name);
  if (!found) {
    refuse(fmt::format("the host {} cannot be resolved: {}", name, found.error()), where.to_string(),
           "check the spelling, or give its address");
  }
  return resolved_.emplace_back(ResolvedName{name, *std::move(found)}).addresses;
}

}  // namespace portolan::cli
