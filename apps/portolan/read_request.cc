// SPDX-License-Identifier: Apache-2.0
// From the settings of a command line to a ReadRequest (readscan.h).
#include <fmt/format.h>

#include <charconv>
#include <variant>

#include "portolan/configuration.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/names.h"
#include "portolan/outputs.h"
#include "portolan/readscan.h"
#include "portolan/scan_services.h"

namespace portolan::cli {
namespace {

using addr::Protocol;
using addr::ServiceRange;

constexpr std::string_view kReadscan = "readscan";

addr::AddressRange address_range(const addr::TargetItem& item, const options::Where& where) {
  if (const auto* range = std::get_if<addr::AddressRange>(&item)) return *range;
  refuse(fmt::format("'{}' does not filter by address", addr::to_string(item)), where.to_string(),
         "give addresses, ranges or prefixes here, and ports with -p");
}

template <class Take>
void read_addresses(const std::vector<Sourced>& texts, const Take& take) {
  for (const Sourced& text : texts) {
    const auto items = addr::parse_targets(text.text);
    if (!items) refuse(items.error().what, place_in(text, items.error().offset), items.error().cure);
    for (const addr::TargetItem& item : *items) take(address_range(item, text.where));
  }
}

// A list's lines, each as it would be typed; comments begin with '#' or ';'.
template <class Take>
void read_address_files(const std::vector<Sourced>& files, const Take& take) {
  for (const Sourced& file : files) {
    std::string all;
    read_file(file.text, file.where, [&all](std::string_view piece) { all += piece; });
    std::string_view rest = all;
    for (uint64_t number = 1; !rest.empty(); ++number) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      line = line.substr(0, line.find_first_of("#;"));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.find_first_not_of(" \t\r,") == line.npos) continue;
      read_addresses({{std::string(line), {.file = file_title(file.text), .line = number}}}, take);
    }
  }
}

template <class Take>
void read_services(const Sourced& text, Protocol protocol, const Take& take) {
  const auto ranges = addr::parse_ports(text.text, protocol, service_port);
  if (!ranges) refuse(ranges.error().what, place_in(text, ranges.error().offset), ranges.error().cure);
  for (const ServiceRange& range : *ranges) take(range);
}

void filter_services(const ScanDraft& draft, ResultFilter& filter) {
  const auto types = draft.scan_types.empty() ? std::vector{Protocol::kTcp} : draft.scan_types;
  for (const PortText& text : draft.ports) {
    for (const Protocol type : text.protocol ? std::vector{*text.protocol} : types) {
      read_services(text.ports, type, [&](const ServiceRange& r) { filter.want(r); });
    }
  }
  if (draft.ping) filter.want(ServiceRange{Protocol::kIcmpEcho, 0, 0});
  if (draft.neighbors) filter.want(ServiceRange{Protocol::kArp, 0, 0});
  for (const Sourced& text : draft.excluded_ports) {
    for (const Protocol type : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      read_services(text, type, [&](const ServiceRange& r) { filter.leave_out(r); });
    }
  }
}

std::string known_types() {
  std::string words;
  for (uint16_t n = 1; n < 64; ++n) {
    const std::string_view word = result::name(result::Application{n});
    if (word == "unknown" || result::application_from_name(word)->number != n) continue;
    words += words.empty() ? "" : " ";
    words += word;
  }
  return words;
}

// "http,ssl,17": names and numbers.
void filter_banners(const ScanDraft& draft, ResultFilter& filter) {
  for (const Sourced& text : draft.reading.banner_types) {
    std::string_view rest = text.text;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(','), rest.size());
      const std::string_view word = rest.substr(0, end);
      uint16_t number = 0;
      const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
      const bool is_number = error == std::errc{} && stop == word.data() + word.size();
      const auto known = is_number ? result::Application{number} : result::application_from_name(word);
      if (!known) {
        refuse(fmt::format("there is no banner type '{}'", word),
               place_in(text, static_cast<size_t>(word.data() - text.text.data())), "types are " + known_types());
      }
      filter.want(*known);
      // "ssh" has two numbers.
      if (*known == result::Application{3}) filter.want(result::Application{2});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

}  // namespace

bool asks_for_readscan(Args args) {
  for (const std::string_view arg : args) {
    if (arg == "--") return false;
    if (!arg.starts_with("--")) continue;
    const std::string_view name = arg.substr(2);
    if (options::canonical(name.substr(0, name.find_first_of("=:"))) == kReadscan) return true;
  }
  return false;
}

ReadRequest readscan_request(const options::Settings& settings, Persona persona) {
  for (const options::Setting& s : settings.settings) {
    if (!is_of_configuration(*s.option)) continue;
    refuse(fmt::format("{} has nothing to do with --readscan, which reads results", options::display(*s.option)),
           s.where.to_string(), "leave one of them out");
  }
  options::Settings before = settings;
  uint32_t from = UINT32_MAX;
  for (const options::Setting& s : settings.settings) {
    if (s.option->names == kReadscan) from = std::min(from, s.where.argument);
  }
  std::erase_if(before.words, [from](const options::Word& w) { return w.where.argument > from; });
  ScanDraft draft = apply_settings(before);
  draft.request.persona = persona;
  for (const options::Word& w : settings.words) {
    if (w.where.argument > from) draft.reading.files.push_back({w.text, w.where});
  }
  return make_read_request(std::move(draft));
}

ReadRequest make_read_request(ScanDraft draft) {
  ReadRequest request;
  request.files = draft.reading.files;
  settle_outputs(draft);
  for (const OutputFile& file : draft.request.outputs) request.outputs.push_back(spec_of(draft.request, file));
  if (request.outputs.empty()) request.outputs.push_back(spec_of(draft.request, {output::Format::kText, "-"}));
  for (output::OutputSpec& spec : request.outputs) spec.may_wait = true;  // no scan waits for it
  request.numbers = draft.reading.numbers;
  ResultFilter& filter = request.filter;
  const auto want = [&filter](const addr::AddressRange& r) { filter.want(r); };
  const auto leave_out = [&filter](const addr::AddressRange& r) { filter.leave_out(r); };
  read_addresses(draft.targets, want);
  read_address_files(draft.target_files, want);
  read_addresses(draft.exclusions, leave_out);
  read_address_files(draft.exclusion_files, leave_out);
  filter_services(draft, filter);
  filter_banners(draft, filter);
  filter.show(states(draft.request.shown));
  filter.settle();
  return request;
}

}  // namespace portolan::cli
