// SPDX-License-Identifier: Apache-2.0
// Every option of `portolan convert`: its declaration and its effect, in one row, as scan_options.h has it for scan.
//
// The effects are on a ScanDraft, of which only what concerns reading counts (readscan.h). Rows are constant data.
#pragma once

#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"
#include "portolan/readscan.h"

namespace portolan::cli {

const options::Table& convert_table();
extern const options::Page kConvertPage;

// All words are files. Throws Refusal.
ReadRequest make_convert_request(const options::Settings& settings);

}  // namespace portolan::cli
