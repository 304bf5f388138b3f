// SPDX-License-Identifier: Apache-2.0
#include "portolan/score_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "options/value.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

struct ScoreOption {
  options::Option option;
  void (*apply)(ScoreRequest& request, const Setting& setting);
};

constexpr std::string_view kWhat = "What counts";
constexpr std::string_view kOutput = "Output";

void set_states(ScoreRequest& r, const Setting& s) {
  const std::string words = "," + s.value + ",";
  const bool all = words.find(",all,") != words.npos;
  const auto has = [&](std::string_view word) { return all || words.find(fmt::format(",{},", word)) != words.npos; };
  r.open = has("open"), r.closed = has("closed"), r.filtered = has("filtered"), r.up = has("up");
}

// "0.99" or "99%".
double share_of(const Setting& s) {
  std::string_view text = s.value;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (percent) value /= 100;
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    refuse(fmt::format("'{}' is no share", s.value), s.where.to_string(), "write a number from 0 to 1, or 99%");
  }
  return value;
}

const std::array kRows{
    ScoreOption{{.names = "status",
                 .kind = Kind::kWords,
                 .value = "STATES",
                 .words = "open closed filtered up all",
                 .fallback = "open,up",
                 .group = kWhat,
                 .help = "Which results and truths count, by comma; all others are left out on both sides.",
                 .commands = "score"},
                set_states},
    ScoreOption{{.names = "min-recall",
                 .kind = Kind::kText,
                 .value = "SHARE",
                 .group = kWhat,
                 .help = "Ends with status 1 when recall is below it, as 0.99 or 99%.",
                 .commands = "score"},
                [](ScoreRequest& r, const Setting& s) { r.min_recall = share_of(s); }},
    ScoreOption{{.names = "min-precision",
                 .kind = Kind::kText,
                 .value = "SHARE",
                 .group = kWhat,
                 .help = "Ends with status 1 when precision is below it.",
                 .commands = "score"},
                [](ScoreRequest& r, const Setting& s) { r.min_precision = share_of(s); }},
    ScoreOption{{.names = "format",
                 .kind = Kind::kWord,
                 .value = "FORMAT",
                 .words = "table json",
                 .fallback = "table",
                 .group = kOutput,
                 .help = "A table for people, or one JSON object.",
                 .commands = "score"},
                [](ScoreRequest& r, const Setting& s) { r.json = s.value == "json"; }},
    ScoreOption{{.names = "list-missed",
                 .kind = Kind::kNumber,
                 .value = "N",
                 .fallback = "0",
                 .group = kOutput,
                 .help = "Names the first N that the truth has and the results have not.",
                 .commands = "score"},
                [](ScoreRequest& r, const Setting& s) { r.lists.missed = options::to_number(s.value); }},
    ScoreOption{{.names = "list-invented",
                 .kind = Kind::kNumber,
                 .value = "N",
                 .fallback = "0",
                 .group = kOutput,
                 .help = "Names the first N that the results have and the truth has not.",
                 .commands = "score"},
                [](ScoreRequest& r, const Setting& s) { r.lists.invented = options::to_number(s.value); }},
    ScoreOption{{.names = "help",
                 .shorts = "-h -?",
                 .group = kOutput,
                 .help = "Prints this, and does nothing else.",
                 .commands = "score"},
                [](ScoreRequest&, const Setting&) {}},
    ScoreOption{{.names = "manual",
                 .group = kOutput,
                 .help = "Prints the manual page, for man -l -, and does nothing else.",
                 .commands = "score"},
                [](ScoreRequest&, const Setting&) {}},
};

using Example = options::Page::Example;
using Status = options::Page::Status;

constexpr std::array kExamples{
    Example{"portolan score found.ndjson truth.ndjson", "How much of the truth a scan found, and what it made up."},
    Example{"portolan score --min-recall 0.999 --min-precision 1 found.ndjson truth.ndjson",
            "The same in a script: the exit status says whether that is enough."},
    Example{"portolan respond --population seed=7,live=0.2 --truth 10.0.0.0/16 1-100 | portolan score found.list -",
            "Truth from a pipe, results from masscan's list."},
};

constexpr std::array kStatuses{
    Status{0, "The score was printed."},
    Status{1, "Recall or precision is below what was asked."},
    Status{2, "The input was refused: the message says what, where, and the cure."},
};

std::vector<const options::Option*> all_options() {
  std::vector<const options::Option*> rows;
  for (const ScoreOption& row : kRows) rows.push_back(&row.option);
  return rows;
}

}  // namespace

const options::Page kScorePage{
    .synopsis = "portolan score [options] RESULTS TRUTH",
    .summary = "hold the results of a scan against the truth",
    .description =
        "RESULTS is what portolan scan -oD or -oL wrote, or masscan -oD, -oJ or -oL; TRUTH is what portolan respond "
        "--truth printed. Either may be - for standard input. Says recall (the share of the truth that was found), "
        "precision (the share of the found that is true), and how often something was told again, by protocol and port "
        "and in all.",
    .examples = kExamples,
    .statuses = kStatuses,
    .see_also = "portolan(1) portolan-scan(1) portolan-respond(1)",
};

const options::Table& score_table() {
  static const options::Table table("score", all_options());
  return table;
}

bool ScoreRequest::wants(result::State s) const {
  switch (s) {
    case result::State::kOpen:
      return open;
    case result::State::kClosed:
      return closed;
    case result::State::kFiltered:
      return filtered;
    case result::State::kUp:
      break;
  }
  return up;
}

ScoreRequest make_score_request(const options::Settings& settings) {
  ScoreRequest request;
  for (const Setting& s : settings.settings) {
    const auto row =
        std::find_if(kRows.begin(), kRows.end(), [&](const ScoreOption& r) { return &r.option == s.option; });
    row->apply(request, s);
  }
  if (settings.words.size() != 2) {
    const size_t n = settings.words.size();
    refuse(n < 2 ? "results and truth are both needed" : "there are more than two files",
           n > 2 ? settings.words[2].where.to_string() : "", "write portolan score RESULTS TRUTH");
  }
  request.results = settings.words[0].text, request.results_where = settings.words[0].where;
  request.truth = settings.words[1].text, request.truth_where = settings.words[1].where;
  if (request.results == "-" && request.truth == "-") {
    refuse("standard input cannot be both", request.truth_where.to_string(), "write one of them to a file");
  }
  return request;
}

}  // namespace portolan::cli
