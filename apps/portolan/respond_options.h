// SPDX-License-Identifier: Apache-2.0
// Every option of `portolan respond`: its declaration and its effect, in one row, as scan_options.h has it for scan.
//
// Rows are constant data. A RespondDraft belongs to one call.
#pragma once

#include <span>

#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"
#include "portolan/respond_request.h"

namespace portolan::cli {

struct RespondOption {
  options::Option option;
  void (*apply)(RespondDraft& draft, const options::Setting& setting);
};

std::span<const RespondOption> respond_who_options();     // who answers, for whom, as whom
std::span<const RespondOption> respond_limit_options();   // safety
std::span<const RespondOption> respond_record_options();  // logs, captures, counters, the run

const options::Table& respond_table();
extern const options::Page kRespondPage;

RespondDraft apply_respond_settings(const options::Settings& settings);

}  // namespace portolan::cli
