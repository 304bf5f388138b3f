// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_options.h"

#include <array>
#include <stdexcept>
#include <vector>

namespace portolan::cli {
namespace {

constexpr std::array kParts{respond_who_options, respond_limit_options, respond_record_options};

std::vector<const options::Option*> all_options() {
  std::vector<const options::Option*> rows;
  for (const auto part : kParts) {
    for (const RespondOption& row : part()) rows.push_back(&row.option);
  }
  return rows;
}

const RespondOption& option_of(const options::Setting& setting) {
  for (const auto part : kParts) {
    for (const RespondOption& row : part()) {
      if (&row.option == setting.option) return row;
    }
  }
  throw std::logic_error("a setting of no option of respond");
}

}  // namespace

const options::Table& respond_table() {
  static const options::Table table("respond", all_options());
  return table;
}

RespondDraft apply_respond_settings(const options::Settings& settings) {
  RespondDraft draft;
  for (const options::Setting& s : settings.settings) option_of(s).apply(draft, s);
  for (const options::Word& w : settings.words) draft.words.push_back({w.text, w.where});
  return draft;
}

}  // namespace portolan::cli
