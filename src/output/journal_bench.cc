// SPDX-License-Identifier: Apache-2.0
// What telling costs the packet thread, and how many contacts a second the writer's thread turns into JSON.
#include <benchmark/benchmark.h>

#include "output/contact_json.h"
#include "output/journal.h"

namespace portolan::output {
namespace {

class Nowhere final : public ContactSink {
 public:
  bool wants_contacts() const override { return true; }
  bool wants_frames() const override { return true; }
  void tick() override {}
  void close() override {}
  const std::string& error() const override { return error_; }

 private:
  std::string error_;
};

result::Contact a_syn() {
  result::Contact c;
  c.wall = 1'700'000'000'123'456'789;
  c.client = addr::IpAddress::v4(0xc6336407);
  c.server = addr::IpAddress::v4(0xc0000201);
  c.has_mac = true;
  c.client_port = 40001;
  c.server_port = 80;
  c.ask = result::Ask::kSyn;
  c.deed = result::Deed::kSynAck;
  c.ip_protocol = 6;
  c.tcp_flags = 2;
  c.window = 64240;
  c.mss = 1460;
  c.tcp_options = {2, 4, 8, 1, 3};
  c.tcp_option_count = 5;
  return c;
}

// The packet thread's part; the ring is emptied outside of the measure.
void tell_contact(benchmark::State& state) {
  Nowhere sink;
  const base::VirtualClock clock;
  JournalWriter journal({&sink}, clock);
  const result::Contact contact = a_syn();
  size_t told = 0;
  for (auto _ : state) {
    journal.contact(contact, {}, {});
    if (++told % 4096 != 0) continue;
    state.PauseTiming();
    journal.drain();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tell_contact);

void tell_frame(benchmark::State& state) {
  Nowhere sink;
  const base::VirtualClock clock;
  JournalWriter journal({&sink}, clock);
  const std::vector<uint8_t> frame(static_cast<size_t>(state.range(0)), 7);
  size_t told = 0;
  for (auto _ : state) {
    journal.frame(result::FrameFate::kReceived, 1, frame);
    if (++told % 4096 != 0) continue;
    state.PauseTiming();
    journal.drain();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tell_frame)->Arg(60)->Arg(1514);

// The writer's part: rings, JSON and write(2) to a file that keeps nothing.
void write_contacts(benchmark::State& state) {
  const base::SystemClock clock;
  auto file = RotatingFile::open("/dev/null", {}, clock);
  if (!file) {
    state.SkipWithError(file.error().c_str());
    return;
  }
  ContactJson sink(std::move(*file));
  JournalWriter journal({&sink}, clock);
  const result::Contact contact = a_syn();
  const std::vector<uint8_t> payload(64, 'x');
  const result::NamedValue facts[] = {{"http_method", "GET"}, {"http_host", "www.example.org"}};
  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i) journal.contact(contact, payload, facts);
    journal.drain();
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(write_contacts);

}  // namespace
}  // namespace portolan::output
