// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/page_printer.h"
#include "portolan/score_options.h"

namespace portolan::cli {
namespace {

using output::LineKind;
using output::ReadResult;

constexpr size_t kMostRows = 40;

// Lines out of pieces that are cut anywhere.
class ResultFile {
 public:
  ResultFile(const ScoreRequest& request, const std::string& path, const options::Where& where)
      : request_(request), path_(path) {
    read_file(path, where, [this](std::string_view piece) { take(piece); });
    if (!rest_.empty()) take_line(rest_);
  }
  std::vector<ReadResult> results;

 private:
  void take(std::string_view piece) {
    for (;;) {
      const size_t end = piece.find('\n');
      if (end == piece.npos) break;
      if (rest_.empty()) {
        take_line(piece.substr(0, end));
      } else {
        rest_ += piece.substr(0, end);
        take_line(rest_);
        rest_.clear();
      }
      piece.remove_prefix(end + 1);
    }
    rest_ += piece;
  }
  void take_line(std::string_view line) {
    ++line_;
    const size_t before = results.size();
    if (output::read_result_line(line, results) == LineKind::kBad) {
      refuse(fmt::format("this is no result: '{}'", line.substr(0, 60)), fmt::format("{}:{}", file_title(path_), line_),
             "give what -oD or -oL wrote, or what respond --truth printed");
    }
    const auto unwanted = [this](const ReadResult& r) { return !request_.wants(r.state); };
    results.erase(std::remove_if(results.begin() + static_cast<ptrdiff_t>(before), results.end(), unwanted),
                  results.end());
  }

  const ScoreRequest& request_;
  std::string path_;
  std::string rest_;
  uint64_t line_ = 0;
};

std::string row_of(const std::string& name, const Tallied& t) {
  return fmt::format("{:<14}{:>12}{:>12}{:>10}{:>10}{:>12}{:>10.6f}{:>11.6f}\n", name, t.truth, t.found, t.missed(),
                     t.invented, t.duplicates, t.recall(), t.precision());
}

std::string text_of(const ReadResult& r) {
  const bool v4 = r.target.address.is_v4();
  return fmt::format("{} {}{}{}:{}/{}", result::name(r.state), v4 ? "" : "[", r.target.address.to_string(),
                     v4 ? "" : "]", r.target.service.port, addr::name(r.target.service.protocol));
}

std::string table_of(const Score& s) {
  std::string text = fmt::format("{:<14}{:>12}{:>12}{:>10}{:>10}{:>12}{:>10}{:>11}\n", "", "truth", "found", "missed",
                                 "invented", "duplicates", "recall", "precision");
  size_t rows = 0;
  for (const auto& [service, t] : s.by_port) {
    if (s.by_port.size() > kMostRows && ++rows > kMostRows) continue;
    text += row_of(fmt::format("{}/{}", service.port, addr::name(service.protocol)), t);
  }
  if (s.by_port.size() > kMostRows) {
    text += fmt::format("... and {} more ports: --format json has all\n", s.by_port.size() - kMostRows);
  }
  for (const auto& [protocol, t] : s.by_protocol) text += row_of(std::string(addr::name(protocol)), t);
  text += row_of("all", s.total);
  for (const ReadResult& r : s.missed) text += fmt::format("missed   {}\n", text_of(r));
  for (const ReadResult& r : s.invented) text += fmt::format("invented {}\n", text_of(r));
  return text;
}

std::string json_of(const Tallied& t) {
  return fmt::format(R"("truth":{},"found":{},"missed":{},"invented":{},"duplicates":{},"recall":{},"precision":{})",
                     t.truth, t.found, t.missed(), t.invented, t.duplicates, t.recall(), t.precision());
}

std::string json_of(const std::vector<ReadResult>& list) {
  std::string text;
  for (const ReadResult& r : list) {
    text += fmt::format(R"({}{{"ip":"{}","port":{},"proto":"{}","status":"{}"}})", text.empty() ? "" : ",",
                        r.target.address.to_string(), r.target.service.port, addr::name(r.target.service.protocol),
                        result::name(r.state));
  }
  return text;
}

std::string json_of(const Score& s) {
  std::string text = fmt::format(R"({{"total":{{{}}},"by_protocol":{{)", json_of(s.total));
  const char* comma = "";
  for (const auto& [protocol, t] : s.by_protocol) {
    text += fmt::format(R"({}"{}":{{{}}})", std::exchange(comma, ","), addr::name(protocol), json_of(t));
  }
  text += R"(},"by_port":[)";
  comma = "";
  for (const auto& [service, t] : s.by_port) {
    text += fmt::format(R"({}{{"proto":"{}","port":{},{}}})", std::exchange(comma, ","), addr::name(service.protocol),
                        service.port, json_of(t));
  }
  return text + fmt::format(R"(],"missed":[{}],"invented":[{}]}})", json_of(s.missed), json_of(s.invented)) + "\n";
}

}  // namespace

int score_main(Args args) {
  const auto settings = options::parse(score_table(), args, kFirstArgument);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(score_table(), kScorePage, *settings)) return kOk;
  const ScoreRequest request = make_score_request(*settings);
  ResultFile results(request, request.results, request.results_where);
  ResultFile truth(request, request.truth, request.truth_where);
  const Score s = score(results.results, truth.results, request.lists);
  fmt::print("{}", request.json ? json_of(s) : table_of(s));
  return s.total.recall() < request.min_recall || s.total.precision() < request.min_precision ? kFailed : kOk;
}

}  // namespace portolan::cli
