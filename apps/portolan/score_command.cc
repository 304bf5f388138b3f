// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "output/result_reader.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/page_printer.h"
#include "portolan/score_options.h"
#include "result/field_table.h"

namespace portolan::cli {
namespace {

constexpr size_t kMostRows = 40;

// What counts of one file.
class ResultFile final : public result::Sink {
 public:
  ResultFile(const ScoreRequest& request, const std::string& path, const options::Where& where) : request_(request) {
    output::ResultStream stream({});
    const auto check = [&](bool good) {
      if (good) return;
      refuse(stream.damage(), stream.damaged_place(file_title(path)),
             "give what portolan or masscan wrote, or what respond --truth printed");
    };
    read_file(path, where, [&](std::string_view piece) { check(stream.feed(piece, *this)); });
    check(stream.finish(*this));
    if (stream.torn()) print_warning(fmt::format("{} ends inside a record", file_title(path)));
  }

  void write(const result::Observation& o) override {
    if (!request_.wants(state_of(o))) return;
    results.push_back({o.target, state_of(o)});
  }
  void begin(const result::RunManifest&) override {}
  void banner(const result::Banner&) override {}
  void tick() override {}
  bool sync() override { return true; }
  void end(const result::RunSummary&) override {}
  const std::string& error() const override { return none_; }

  std::vector<ReadResult> results;

 private:
  // As it is written: a host that answers ICMP is "open" in results.
  static result::State state_of(const result::Observation& o) {
    return result::status_word(o) == result::name(result::State::kOpen) ? result::State::kOpen : o.state;
  }

  const ScoreRequest& request_;
  std::string none_;
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
