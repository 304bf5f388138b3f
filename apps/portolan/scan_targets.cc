// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_targets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "portolan/errors.h"
#include "portolan/scan_services.h"
#include "portolan/target_reader.h"

namespace portolan::cli {
namespace {

using addr::BuildReport;
using addr::ListPurpose;
using addr::SpecialCut;
using addr::SpecialKind;
using base::u128;

// A second reader of standard input would find nothing there; were that the exclusions, they would be lost.
void check_standard_input(const ScanDraft& draft) {
  uint64_t readers = 0;
  for (const auto* files : {&draft.target_files, &draft.exclusion_files}) {
    for (const Sourced& path : *files) {
      if (path.text == "-" && ++readers > 1) {
        refuse("standard input is to be read twice", path.where.to_string(), "put one of the lists in a file");
      }
    }
  }
}

// Order does not matter to the builder; exclusions come last so that a mistake in a target is found sooner.
TargetReader read_all(const ScanDraft& draft, Lack lack) {
  check_standard_input(draft);
  TargetReader reader;
  for (const Sourced& text : draft.targets) reader.read(text, ListPurpose::kTargets);
  for (const Sourced& path : draft.target_files) reader.read_list(path, ListPurpose::kTargets);
  if (reader.target_count() == 0 && lack == Lack::kRefused) {
    refuse("no targets were given", "", "name what to scan, as in: portolan scan 192.0.2.0/24 -p 80");
  }
  for (const Sourced& text : draft.exclusions) reader.read(text, ListPurpose::kExclusions);
  for (const Sourced& path : draft.exclusion_files) reader.read_list(path, ListPurpose::kExclusions);
  return reader;
}

std::string cut_text(const SpecialCut& cut) { return fmt::format("{} {} ({})", cut.prefix, cut.name, cut.reference); }

std::string cuts_text(const BuildReport& report) {
  std::vector<std::string> texts;
  for (const SpecialCut& cut : report.special) texts.push_back(cut_text(cut));
  return fmt::format("{}", fmt::join(texts, ", "));
}

bool has_kind(const BuildReport& report, bool never_sent) {
  return std::any_of(report.special.begin(), report.special.end(), [never_sent](const SpecialCut& cut) {
    return (cut.kind == SpecialKind::kNeverOnWire) == never_sent;
  });
}

// Why an empty set is empty, the surest reason first.
[[noreturn]] void refuse_empty(const ScanDraft& draft, const BuildReport& report) {
  const std::string what = "nothing to scan is left";
  if (report.unserved_v4 != 0 || report.unserved_v6 != 0) {
    const bool v6 = report.unserved_v6 != 0;
    refuse(what, fmt::format("no service remains for {} addresses", v6 ? "IPv6" : "IPv4"),
           draft.excluded_ports.empty() ? fmt::format("name ports that exist with {}", v6 ? "IPv6" : "IPv4")
                                        : "look at --exclude-ports: it takes away all that is asked for");
  }
  if (report.excluded_addresses != 0 || report.excluded_pairs != 0) {
    refuse(what, fmt::format("excluded: {}", draft.request.exclusion_text),
           "look at --exclude and --excludefile: they take away all targets");
  }
  if (has_kind(report, true) || report.never_sent_pairs != 0) {
    refuse(what, cuts_text(report), "such addresses are never sent to: name those of hosts");
  }
  refuse(what, cuts_text(report), "name the network itself, or use --include-reserved");
}

void check_size(const ScanDraft& draft, const addr::TargetSet& targets) {
  const u128 addresses = targets.address_count();
  const bool considered = draft.no_exclusions_needed || !draft.exclusions.empty() || !draft.exclusion_files.empty();
  if (addresses <= kManyAddresses || considered) return;
  refuse(fmt::format("{} addresses are to be scanned without any exclusion", base::to_string(addresses)), "",
         "name networks to leave alone with --excludefile or --exclude, or say --no-exclude-file");
}

void warn(ScanDraft& draft, const addr::BuiltTargets& built) {
  std::vector<std::string>& warnings = draft.request.warnings;
  const BuildReport& report = built.report;
  if (!report.special.empty()) {
    warnings.push_back(fmt::format("left out of the targets: {}{}", cuts_text(report),
                                   has_kind(report, false) && !draft.include_reserved
                                       ? "; --include-reserved takes those that may hold hosts"
                                       : ""));
  }
  if (report.never_sent_pairs != 0) {
    warnings.push_back(
        fmt::format("left out {} address:port pairs whose addresses are never sent to", report.never_sent_pairs));
  }
  for (const auto& [count, family] : {std::pair{report.unserved_v4, "IPv4"}, {report.unserved_v6, "IPv6"}}) {
    if (count == 0) continue;
    warnings.push_back(
        fmt::format("{} {} addresses are not asked: no service remains for them", base::to_string(count), family));
  }
  const auto& set = built.set;
  if (asks_for_services(draft) && set.services_v4().empty() && set.services_v6().empty()) {
    warnings.push_back("the ports given apply to no target: each target names its own");
  }
}

std::vector<scan::AddressRange> ranges_of(const addr::TargetSet& set) {
  std::vector<scan::AddressRange> ranges;
  for (size_t i = 0; i < set.v4().range_count(); ++i) {
    const auto r = set.v4().range(i);
    ranges.push_back({addr::IpAddress::v4(r.first), addr::IpAddress::v4(r.last)});
  }
  for (size_t i = 0; i < set.v6().range_count(); ++i) {
    const auto r = set.v6().range(i);
    ranges.push_back({addr::IpAddress::v6(r.first), addr::IpAddress::v6(r.last)});
  }
  return ranges;
}

// Read as targets are, since what counts is which addresses are meant.
std::vector<scan::AddressRange> late_exclusions(const ScanDraft& draft) {
  if (draft.late_exclusions.empty() && draft.late_exclusion_files.empty()) return {};
  TargetReader reader;
  for (const Sourced& text : draft.late_exclusions) reader.read(text, ListPurpose::kTargets);
  for (const Sourced& path : draft.late_exclusion_files) reader.read_list(path, ListPurpose::kTargets);
  reader.builder().add_service({addr::Protocol::kTcp, 1});
  const auto built = std::move(reader.builder()).build({.include_reserved = true});
  if (!built) refuse(built.error(), "", "exclude fewer ranges at once");
  if (!built->set.pairs().empty()) {
    refuse("one port of an address cannot be excluded",
           draft.late_exclusions.empty() ? "" : draft.late_exclusions.front().where.to_string(),
           "exclude the whole address");
  }
  return ranges_of(built->set);
}

std::string exclusion_text(const ScanDraft& draft) {
  std::vector<std::string> texts;
  for (const Sourced& text : draft.exclusions) texts.push_back(text.text);
  for (const Sourced& path : draft.exclusion_files) texts.push_back("file " + path.text);
  for (const Sourced& text : draft.excluded_ports) texts.push_back("ports " + text.text);
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

void settle_targets(ScanDraft& draft, Lack lack) {
  draft.request.exclusion_text = exclusion_text(draft);
  TargetReader reader = read_all(draft, lack);
  add_services(draft, reader.builder());
  draft.request.resolved = reader.resolved();
  if (lack == Lack::kAllowed && (reader.target_count() == 0 || !asks_for_services(draft))) return;

  auto built = std::move(reader.builder()).build({.include_reserved = draft.include_reserved});
  if (!built) refuse(built.error(), "", "scan fewer addresses or fewer ports at once");
  const BuildReport& report = built->report;
  if (!asks_for_services(draft) && (report.unserved_v4 != 0 || report.unserved_v6 != 0)) {
    refuse("no ports were given", "", "add -p 80,443 or --top-ports; or --ping or --arp, which need none");
  }
  if (built->set.empty()) refuse_empty(draft, report);
  check_size(draft, built->set);
  warn(draft, *built);
  draft.request.report = report;
  draft.request.plan.targets = std::move(built->set);
  draft.request.plan.late_exclusions = late_exclusions(draft);
  draft.request.plan.late_excluded_services = late_excluded_services(draft);
}

addr::TargetSet settle_addresses(ScanDraft& draft) {
  TargetReader reader = read_all(draft, Lack::kRefused);
  reader.builder().add_service({addr::Protocol::kArp, 0});  // of every address, and of no pair that can be written
  auto built = std::move(reader.builder()).build({.include_reserved = draft.include_reserved});
  if (!built) refuse(built.error(), "", "name fewer addresses");
  if (built->set.empty()) refuse_empty(draft, built->report);
  warn(draft, *built);
  return std::move(built->set);
}

}  // namespace portolan::cli
