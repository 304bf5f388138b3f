// SPDX-License-Identifier: Apache-2.0
// How many records a second each form is read with, by a sink that does nothing.
#include <benchmark/benchmark.h>

#include "output/csv_sink.h"
#include "output/grepable_sink.h"
#include "output/json_sink.h"
#include "output/list_sink.h"
#include "output/ndjson_sink.h"
#include "output/result_reader.h"
#include "output/xml_sink.h"

namespace portolan::output {
namespace {

constexpr size_t kRecords = 10'000;

class Nowhere final : public result::Sink {
 public:
  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override { benchmark::DoNotOptimize(o.target); }
  void banner(const result::Banner&) override {}
  void tick() override {}
  bool sync() override { return true; }
  void end(const result::RunSummary&) override {}
  const std::string& error() const override { return error_; }

 private:
  std::string error_;
};

void binary(std::string& out, const result::Observation& o) { append_binary(out, o); }

using Append = void (*)(std::string& out, const result::Observation& o);

void read_form(benchmark::State& state, const std::string& header, Append append) {
  std::string text;
  for (uint32_t i = 0; i < kRecords; ++i) {
    result::Observation o;
    o.wall = 1'700'000'000'123'000'000;
    o.target = {addr::IpAddress::v4(0x0a000000 + i * 7919), {addr::Protocol::kTcp, 443}};
    o.responder = o.target.address;
    o.ttl = 55;
    append(text, o);
  }
  Nowhere sink;
  for (auto _ : state) {
    ResultStream stream({});
    stream.feed(header, sink);
    stream.feed(text, sink);
    stream.finish(sink);
    if (stream.counts().observations != kRecords) state.SkipWithError("not all was read");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRecords));
}

BENCHMARK_CAPTURE(read_form, binary, binary_header(1), binary);
BENCHMARK_CAPTURE(read_form, list, "", append_list);
BENCHMARK_CAPTURE(read_form, ndjson, "", append_ndjson);
BENCHMARK_CAPTURE(read_form, json, "[\n", append_json);
BENCHMARK_CAPTURE(read_form, grepable, "", append_grepable);
BENCHMARK_CAPTURE(read_form, xml, "<nmaprun>\n", append_xml);
BENCHMARK_CAPTURE(read_form, csv, "ip,port,proto,status,reason,ttl,time,mac,service,banner\n", append_csv);

}  // namespace
}  // namespace portolan::output
