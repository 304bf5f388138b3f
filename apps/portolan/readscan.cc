// SPDX-License-Identifier: Apache-2.0
#include "portolan/readscan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "output/binary_sink.h"
#include "output/open_sink.h"
#include "output/result_reader.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/line_output.h"

namespace portolan::cli {
namespace {

using output::OutputSpec;

// Between the reader and the outputs: leaves out what is not wanted, and begins the outputs when it is known when the
// scan was, which is with the first record: the file says it, or the record's time is the nearest.
class Wanted final : public result::Sink {
 public:
  explicit Wanted(const ReadRequest& request) : filter_(request.filter) {
    manifest_.program = fmt::format("portolan {}", kVersion);
    for (const Sourced& file : request.files) manifest_.facts.emplace_back("read", file_title(file.text));
  }

  void add(std::unique_ptr<result::Sink> sink) { sinks_.push_back(std::move(sink)); }
  // The stream of the next file, which stays until another takes its place.
  output::ResultStream& next_stream(output::BannerNumbers numbers) {
    return stream_.emplace(output::ReadingOptions{numbers});
  }

  void begin(const result::RunManifest& manifest) override {
    for (auto& sink : sinks_) sink->begin(manifest);
  }
  void write(const result::Observation& o) override {
    if (!filter_.takes(o)) return;
    note(o.wall);
    for (auto& sink : sinks_) sink->write(o);
  }
  void banner(const result::Banner& b) override {
    if (!filter_.takes(b)) return;
    note(b.wall);
    for (auto& sink : sinks_) sink->banner(b);
  }
  void tick() override {
    for (auto& sink : sinks_) sink->tick();
  }
  bool sync() override { return true; }  // nobody takes a checkpoint of this
  void end(const result::RunSummary& summary) override {
    note(last_);
    result::RunSummary with_time = summary;
    with_time.ended_wall = last_;
    for (auto& sink : sinks_) sink->end(with_time);
  }
  const std::string& error() const override {
    for (const auto& sink : sinks_) {
      if (!sink->error().empty()) return sink->error();
    }
    return none_;
  }

  // Filtered ports that a binary file has no record for.
  uint64_t left_out() const {
    uint64_t most = 0;
    for (const auto& sink : sinks_) {
      const auto* binary = dynamic_cast<const output::BinarySink*>(sink.get());
      if (binary != nullptr) most = std::max(most, binary->left_out());
    }
    return most;
  }

 private:
  void note(base::Nanos wall) {
    last_ = std::max(last_, wall);
    if (std::exchange(begun_, true)) return;
    const auto started = stream_ ? stream_->started() : std::nullopt;
    manifest_.started_wall = started.value_or(wall);
    begin(manifest_);
  }

  const ResultFilter& filter_;
  std::optional<output::ResultStream> stream_;
  std::vector<std::unique_ptr<result::Sink>> sinks_;
  result::RunManifest manifest_;
  base::Nanos last_ = 0;
  bool begun_ = false;
  std::string none_;
};

bool same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, other{};
  if (a == "-" || b == "-" || ::stat(a.c_str(), &one) != 0 || ::stat(b.c_str(), &other) != 0) return false;
  return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// All that can be told before a file is opened for writing, and so emptied.
void check(const ReadRequest& request) {
  if (request.files.empty()) {
    refuse("no files were given", "", "name what to read, as in: portolan convert found.bin -oJ found.json");
  }
  uint64_t standard_input = 0;
  for (const Sourced& file : request.files) {
    if (file.text == "-" && ++standard_input > 1) {
      refuse("standard input is to be read twice", file.where.to_string(), "leave out one of the two");
    }
    struct stat status {};
    if (file.text != "-" && ::stat(file.text.c_str(), &status) != 0) {
      read_file(file.text, file.where, [](std::string_view) {});  // says why
    }
    for (const OutputSpec& out : request.outputs) {
      if (!same_file(file.text, out.path)) continue;
      refuse(fmt::format("{} would be read and written at once", file.text), file.where.to_string(),
             "write to another file, and rename it afterwards");
    }
  }
}

[[noreturn]] void refuse_damage(const Sourced& file, const output::ResultStream& stream) {
  const std::string title = file_title(file.text);
  const auto counts = stream.counts();
  refuse(fmt::format("{}: {}", title, stream.damage()), stream.damaged_place(title),
         counts.observations + counts.banners == 0
             ? "give files that portolan, masscan or nmap wrote"
             : fmt::format("the {} records before it were read; mend the file, or cut it off there",
                           counts.observations + counts.banners));
}

void read_one(const Sourced& file, const ReadRequest& request, Wanted& into) {
  output::ResultStream& stream = into.next_stream(request.numbers);
  read_file(file.text, file.where, [&](std::string_view piece) {
    if (stream.feed(piece, into)) return into.tick();
    refuse_damage(file, stream);
  });
  if (!stream.finish(into)) refuse_damage(file, stream);
  if (stream.torn()) {
    print_warning(fmt::format("{} ends inside a record, as if its program had been killed: all before it was read",
                              file_title(file.text)));
  }
  if (const uint64_t n = stream.counts().left_out; n != 0) {
    print_warning(fmt::format("{}: {} entries name a protocol or a state that is no result here, and were left out",
                              file_title(file.text), n));
  }
}

// The outputs are ended whatever happens, or they would lack their ends.
void read_all(const ReadRequest& request, Wanted& into) {
  std::optional<Refusal> refusal;
  try {
    for (const Sourced& file : request.files) read_one(file, request, into);
  } catch (const Refusal& r) {
    refusal = r;
  }
  result::RunSummary summary;
  summary.complete = !refusal;
  into.end(summary);
  if (refusal) throw *refusal;
}

}  // namespace

int read_results(ReadRequest request) {
  check(request);
  const IgnoreBrokenPipe no_signal;
  Wanted into(request);
  for (const OutputSpec& spec : request.outputs) {
    auto sink = output::open_sink(spec);
    if (!sink) refuse(fmt::format("cannot write {}", sink.error()), spec.path, "name another file or format");
    into.add(std::move(*sink));
  }
  read_all(request, into);
  if (const uint64_t n = into.left_out(); n != 0) {
    print_warning(fmt::format("{} filtered ports are not in the binary file: its form has no record for them", n));
  }
  if (into.error().empty()) return kOk;
  print_error({fmt::format("output failed: {}", into.error())});
  return kFailed;
}

}  // namespace portolan::cli
