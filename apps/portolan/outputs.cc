// SPDX-License-Identifier: Apache-2.0
#include "portolan/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "output/open_sink.h"
#include "output/rotating_sink.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

// Sentences for whoever sits there, unless a file goes to standard output or they are not wanted. masscan prints none
// beside a file, terminal or not.
bool wants_text(const ScanRequest& request, bool terminal) {
  const auto to_stdout = [](const OutputFile& o) { return o.path == "-"; };
  if (std::any_of(request.outputs.begin(), request.outputs.end(), to_stdout)) return false;
  terminal &= request.persona == Persona::kPortolan;
  return request.interactive.value_or(request.outputs.empty() || terminal);
}

output::OutputSpec text_spec(const ScanRequest& request, bool terminal) {
  output::OutputSpec spec;
  spec.flush_each = request.flush;
  const bool as_we = request.persona == Persona::kPortolan;  // masscan has no colours
  const bool color = request.color == When::kAlways ||
                     (request.color == When::kAuto && as_we && terminal && wants_color(STDOUT_FILENO));
  if (request.persona == Persona::kMasscan) spec.text = output::TextStyle::kMasscan;
  if (color) spec.text = output::TextStyle::kTerminal;
  return spec;
}

bool has_format(const ScanRequest& request, output::Format format) {
  const auto& outputs = request.outputs;
  return std::any_of(outputs.begin(), outputs.end(), [format](const OutputFile& o) { return o.format == format; });
}

// --output-filename and --output-format make one output. The form of a file without a format is that of its name's
// ending, or as masscan has it.
void settle_named_output(ScanDraft& draft) {
  using output::Format;
  ScanRequest& request = draft.request;
  const auto& format = draft.output_format;
  if (draft.output_filename) {
    const auto by_name = output::format_from_path(*draft.output_filename);
    request.outputs.push_back({format ? *format : by_name.value_or(Format::kXml), *draft.output_filename});
  } else if (format == Format::kRedis) {
    // As masscan has it: the server stands in --redis.
    if (has_format(request, Format::kRedis)) return;
    refuse("the server is missing", "--output-format redis", "name it: --redis HOST:PORT");
  } else if (format == Format::kNone) {
    request.outputs.push_back({Format::kNone, "/dev/null"});
  } else if (format && *format != Format::kText) {
    request.outputs.push_back({*format, "-"});
  }
}

}  // namespace

void settle_outputs(ScanDraft& draft) {
  ScanRequest& request = draft.request;
  settle_named_output(draft);
  std::set<std::string> paths;
  if (!request.pcap_path.empty()) paths.insert(request.pcap_path);
  for (const OutputFile& file : request.outputs) {
    if (!paths.insert(file.path).second) {
      refuse(fmt::format("{} is to be written twice", file.path), file.path, "give each output a file of its own");
    }
    if (file.path == "-" && file.format == output::Format::kSqlite) {
      refuse("an SQLite file cannot go to standard output", "-oS -", "name a file");
    }
  }
  if (!request.redis_password.empty() && !has_format(request, output::Format::kRedis)) {
    refuse("--redis-pwd has nothing to do: no results go to a Redis server", "--redis-pwd",
           "add --redis HOST:PORT, or leave it out");
  }
}

output::StateSet states(const Shown& s) {
  using result::State;
  if (s.open && s.closed && s.filtered) return output::StateSet::all();
  if (s.open && s.closed) return {State::kOpen, State::kUp, State::kClosed};
  if (s.open && s.filtered) return {State::kOpen, State::kUp, State::kFiltered};
  if (s.closed && s.filtered) return {State::kClosed, State::kFiltered};
  if (s.closed) return {State::kClosed};
  if (s.filtered) return {State::kFiltered};
  return s.open ? output::StateSet::found() : output::StateSet{};
}

output::OutputSpec spec_of(const ScanRequest& request, const OutputFile& file) {
  output::OutputSpec spec;
  spec.format = file.format;
  spec.path = file.path;
  spec.append = request.append;
  spec.flush_each = request.flush;
  spec.dialect = request.dialect;
  spec.template_text = request.template_text;
  spec.stylesheet = request.stylesheet;
  spec.banner_numbers = request.banner_numbers;
  spec.password = request.redis_password;
  if (request.persona == Persona::kMasscan) spec.text = output::TextStyle::kMasscan;
  return spec;
}

namespace {

// A file that is put aside now and then, or just a sink.
tl::expected<std::unique_ptr<result::Sink>, std::string> open_rotating(const ScanRequest& request,
                                                                       const output::OutputSpec& spec,
                                                                       const base::Clock& clock) {
  const bool rotates = request.rotation.wanted() && OutputFile{spec.format, spec.path}.is_file();
  if (!rotates) return output::open_sink(spec);
  return output::RotatingSink::open(
      spec.path, request.rotation, [spec] { return output::open_sink(spec); }, clock);
}

}  // namespace

std::vector<result::Sink*> open_outputs(const ScanRequest& request, output::FanOut& into,
                                        const std::shared_ptr<output::Scribe>& scribe, const base::Clock& clock) {
  std::vector<result::Sink*> opened;
  const auto add = [&](const output::OutputSpec& spec) {
    auto sink = open_rotating(request, spec, clock);
    if (!sink) refuse("cannot write " + sink.error(), "", "choose another file");
    auto filtered = std::make_unique<output::Filter>(states(request.shown), std::move(*sink));
    opened.push_back(filtered.get());
    into.add(std::move(filtered));
  };
  for (const OutputFile& file : request.outputs) {
    output::OutputSpec spec = spec_of(request, file);
    spec.scribe = scribe;
    spec.clock = &clock;
    add(spec);
  }
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (wants_text(request, terminal)) add(text_spec(request, terminal));
  return opened;
}

}  // namespace portolan::cli
