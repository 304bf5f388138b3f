// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_options.h"

#include <array>
#include <stdexcept>

namespace portolan::cli {
namespace {

std::array<std::span<const ScanOption>, 10> parts() {
  return {target_options(), probe_options(),    adapter_options(), payload_options(), run_options(),
          output_options(), rotation_options(), reading_options(), config_options(),  info_options()};
}

std::vector<const options::Option*> all_options() {
  std::vector<const options::Option*> rows;
  for (const auto& part : parts()) {
    for (const ScanOption& row : part) rows.push_back(&row.option);
  }
  for (const options::Option& row : refused_options()) rows.push_back(&row);
  return rows;
}

const ScanOption& scan_option_of(const options::Setting& setting) {
  for (const auto& part : parts()) {
    for (const ScanOption& row : part) {
      if (&row.option == setting.option) return row;
    }
  }
  throw std::logic_error("a setting of no option of scan");
}

}  // namespace

const options::Table& scan_table() {
  static const options::Table table("scan", all_options());
  return table;
}

ScanDraft apply_settings(const options::Settings& settings) {
  ScanDraft draft;
  for (const options::Setting& s : settings.settings) scan_option_of(s).apply(draft, s);
  for (const options::Word& w : settings.words) draft.targets.push_back({w.text, w.where});
  return draft;
}

}  // namespace portolan::cli
