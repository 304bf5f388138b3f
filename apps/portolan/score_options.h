// SPDX-License-Identifier: Apache-2.0
// Every option of `portolan score`: its declaration and its effect, in one row, as scan_options.h has it for scan.
//
// Rows are constant data. A ScoreRequest belongs to one call.
#pragma once

#include <string>

#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"
#include "portolan/score.h"

namespace portolan::cli {

struct ScoreRequest {
  std::string results;  // paths; "-": standard input
  std::string truth;
  options::Where results_where, truth_where;
  bool json = false;
  bool open = true, closed = false, filtered = false, up = true;  // states that count
  ScoreLists lists;
  double min_recall = 0;
  double min_precision = 0;

  bool wants(result::State s) const;
};

const options::Table& score_table();
extern const options::Page kScorePage;

// Throws Refusal.
ScoreRequest make_score_request(const options::Settings& settings);

}  // namespace portolan::cli
