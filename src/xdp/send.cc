// SPDX-License-Identifier: Apache-2.0
#include "xdp/send.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "xdp/live_call.h"
#include "xdp/refusal.h"
#include "xdp/send_image.h"

// The generated header is C, and names these types as they are named there.
using portolan::wire::PatchCrc;
using portolan::xdp::SendMark;
using portolan::xdp::SendPlan;
using portolan::xdp::SendProbe;
using portolan::xdp::SendState;
#include <bpf/xdp/send.skel.h>

namespace portolan::xdp {
namespace {

struct Unload {
  void operator()(send_bpf* program) const { send_bpf__destroy(program); }
};
using Program = std::unique_ptr<send_bpf, Unload>;

struct Detach {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, Detach>;

// Words that both sides use: each is read and written whole.
uint64_t read(const uint64_t& word) { return __atomic_load_n(&word, __ATOMIC_ACQUIRE); }
void write(uint64_t& word, uint64_t v) { __atomic_store_n(&word, v, __ATOMIC_RELEASE); }

// A table of one value, sized before it is made and filled through its memory.
struct Table {
  bpf_map* map;
  const void* from;
  size_t bytes;
};

template <class T>
Table table(bpf_map* map, std::span<const T> rows) {
  return {map, rows.data(), rows.size_bytes()};
}

std::vector<Table> tables_of(const send_bpf& p, const SendImage& image, const addr::TargetSet& targets) {
  return {table(p.maps.v4_entries, targets.v4().pick_entries()),
          table(p.maps.v4_buckets, targets.v4().pick_buckets()),
          table<SendService>(p.maps.v4_services, image.v4_services),
          table(p.maps.v6_entries, targets.v6().pick_entries()),
          table(p.maps.v6_buckets, targets.v6().pick_buckets()),
          table<SendService>(p.maps.v6_services, image.v6_services),
          table<SendPair>(p.maps.pair_list, image.pairs),
          table<SendWay>(p.maps.way_list, image.ways),
          table<uint16_t>(p.maps.probe_table, image.cells)};
}

class Mapped {
 public:
  Mapped(const bpf_map* map, size_t bytes) : bytes_(bytes) {
    at_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (at_ == MAP_FAILED) at_ = nullptr;
  }
  Mapped(Mapped&& other) noexcept : at_(std::exchange(other.at_, nullptr)), bytes_(other.bytes_) {}
  Mapped& operator=(Mapped&& other) noexcept {
    std::swap(at_, other.at_), std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapped() {
    if (at_ != nullptr) munmap(at_, bytes_);
  }
  void* get() const { return at_; }

 private:
  void* at_;
  size_t bytes_;
};

bool fill(const Table& t) {
  if (t.bytes == 0) return true;
  const Mapped memory(t.map, t.bytes);
  if (memory.get() == nullptr) return false;
  std::memcpy(memory.get(), t.from, t.bytes);
  return true;
}

// Before the program is made: the kernel wants sizes of at least a word.
void size_tables(const std::vector<Table>& tables) {
  for (const Table& t : tables) {
    bpf_map__set_value_size(t.map, static_cast<uint32_t>(std::max<size_t>((t.bytes + 7) / 8 * 8, 8)));
  }
}

// The last mark at or before the position, of those from `first` to `last`, which ascend.
std::optional<base::Nanos> find_mark(const SendMark* marks, uint64_t first, uint64_t last, uint64_t position) {
  const auto at = [marks](uint64_t i) -> const SendMark& { return marks[i % kSendMarks]; };
  if (first >= last || read(at(first).position) > position) return std::nullopt;
  while (last - first > 1) {
    const uint64_t middle = first + (last - first) / 2;
    (read(at(middle).position) <= position ? first : last) = middle;
  }
  return static_cast<base::Nanos>(read(at(first).time));
}

}  // namespace

struct SendProgram::State {
  Program program;
  std::vector<uint32_t> probe_way;
  std::vector<uint8_t> frame;  // what the program is handed
  std::optional<Mapped> answered;
  LiveCall call;
  uint64_t size = 0;
  uint64_t pass_mark = 0, last_pass_mark = 0;  // where in `marks` this pass and the one before begin

  SendState& shared() const { return program->bss->state; }
};

SendProgram::SendProgram(std::unique_ptr<State> state) : state_(std::move(state)) {}
SendProgram::SendProgram(SendProgram&&) noexcept = default;
SendProgram& SendProgram::operator=(SendProgram&&) noexcept = default;
SendProgram::~SendProgram() = default;

tl::expected<SendProgram, std::string> SendProgram::load(const SendOptions& options) {
  auto image = make_send_image(options);
  if (!image) return tl::unexpected(image.error());
  keep_last_words();
  Program program(send_bpf__open());
  if (!program) return failed("cannot read the kernel program that sends", errno);
  const auto tables = tables_of(*program, *image, *options.targets);
  const size_t answered = 8 * std::max<size_t>(image->plan.answered_words, 1);
  size_tables(tables);
  bpf_map__set_value_size(program->maps.answered_bits, static_cast<uint32_t>(answered));
  program->rodata->plan_of_program = image->plan;
  if (const int error = send_bpf__load(program.get()); error != 0) {
    return failed("cannot load the kernel program that sends", -error);
  }
  if (!std::all_of(tables.begin(), tables.end(), fill)) {
    return failed("cannot fill the tables of the kernel program that sends", errno);
  }
  const uint32_t zero = 0, device = static_cast<uint32_t>(options.interface_index);
  if (bpf_map__update_elem(program->maps.device, &zero, sizeof zero, &device, sizeof device, BPF_ANY) != 0) {
    return failed(fmt::format("cannot send through interface {}", device), errno);
  }
  auto& data = *program->bss;
  std::copy(image->probes.begin(), image->probes.end(), data.probes);
  data.sctp_crc = wire::Template::sctp_crc();
  data.state.schedules[0] = make_send_schedule(0);

  auto state = std::make_unique<State>();
  state->probe_way = std::move(image->probe_way);
  state->frame.resize(image->plan.longest + kSendSpare);
  state->size = image->plan.size;
  if (options.retries) {
    state->answered.emplace(program->maps.answered_bits, answered);
    if (state->answered->get() == nullptr) return failed("cannot map the bits of answered targets", errno);
  }
  state->program = std::move(program);
  return SendProgram(std::move(state));
}

tl::expected<void, std::string> SendProgram::run() {
  SendState& shared = state_->shared();
  keep_last_words();
  std::vector<Link> links;
  for (const bpf_program* p : {state_->program->progs.on_flush, state_->program->progs.on_redirect_error}) {
    links.emplace_back(bpf_program__attach(p));
    if (!links.back()) return failed("cannot attach to the kernel's tracepoints of XDP", errno);
  }
  const int error = state_->call.run(program_fd(), state_->frame);
  write(shared.stop, 0);
  if (error == 0) return {};
  if (error == EINVAL)
    return tl::unexpected<std::string>("this kernel has no XDP live frames; Linux 5.18 and later have");
  return failed("the kernel does not run the program that sends", error);
}

void SendProgram::interrupt() {
  write(state_->shared().stop, 1);
  state_->call.interrupt();
}

void SendProgram::begin(const SendPass& pass) {
  SendState& s = state_->shared();
  write(s.end, 0);
  state_->last_pass_mark = state_->pass_mark;
  state_->pass_mark = read(s.marks);
  write(s.first, pass.first);
  write(s.skips_answered, pass.skips_answered ? 1 : 0);
  write(s.port_offset, pass.port_offset);
  write(s.generation, s.generation + 1);
}

void SendProgram::set_next_hop(size_t stretch, const addr::MacAddress& mac) {
  for (size_t i = 0; i < state_->probe_way.size(); ++i) {
    if (state_->probe_way[i] == stretch) xdp::set_next_hop(state_->program->bss->probes[i], mac);
  }
}

void SendProgram::allow(uint64_t end) { write(state_->shared().end, end); }

void SendProgram::set_rate(uint64_t millis_per_second) {
  SendState& s = state_->shared();
  const uint64_t other = 1 - (s.schedule_at & 1);
  s.schedules[other] = make_send_schedule(millis_per_second);
  write(s.schedule_at, other);
}

void SendProgram::charge(uint64_t frames) {
  SendState& s = state_->shared();
  write(s.charged, s.charged + frames);
}

void SendProgram::hold(bool held) { write(state_->shared().hold, held ? 1 : 0); }

tl::expected<void, std::string> SendProgram::hold_when(int ring_fd, uint64_t bytes) {
  SendState& s = state_->shared();
  write(s.hold_bytes, 0);
  if (bytes == 0) return {};
  const uint32_t zero = 0;
  if (bpf_map_update_elem(bpf_map__fd(state_->program->maps.results), &zero, &ring_fd, BPF_ANY) != 0) {
    return failed("cannot watch the ring of results", errno);
  }
  write(s.hold_bytes, bytes);
  return {};
}

uint64_t SendProgram::size() const { return state_->size; }

uint64_t SendProgram::position() const {
  const SendState& s = state_->shared();
  return read(s.seen) == read(s.generation) ? read(s.position) : read(s.first);
}

bool SendProgram::settled() const {
  const SendState& s = state_->shared();
  const uint64_t taken = read(s.taken);
  const uint64_t done = read(s.sent) + read(s.left) + read(s.skipped) + read(s.refused);
  return done == taken && read(s.taken) == taken;
}

size_t SendProgram::take_left(std::span<uint64_t> positions) {
  SendState& s = state_->shared();
  const uint64_t taken = s.left_taken;
  const size_t count = std::min<size_t>(read(s.left) - taken, positions.size());
  for (size_t i = 0; i < count; ++i) {
    positions[i] = state_->program->bss->left_positions[(taken + i) % kSendLeft];
  }
  write(s.left_taken, taken + count);
  return count;
}

std::optional<base::Nanos> SendProgram::sent_at(uint64_t position) const {
  constexpr uint64_t kAboutToGo = 64;  // the oldest may be written over while we look
  const uint64_t end = read(state_->shared().marks);
  const uint64_t oldest = end < kSendMarks - kAboutToGo ? 0 : end - (kSendMarks - kAboutToGo);
  const SendMark* marks = state_->program->bss->marks;
  if (position < this->position()) return find_mark(marks, std::max(oldest, state_->pass_mark), end, position);
  return find_mark(marks, std::max(oldest, state_->last_pass_mark), state_->pass_mark, position);
}

void SendProgram::mark_answered(uint64_t index) {
  uint64_t& word = static_cast<uint64_t*>(state_->answered->get())[index / 64];
  write(word, word | uint64_t{1} << (index % 64));
}

SendCounts SendProgram::counts() const {
  const SendState& s = state_->shared();
  SendCounts c;
  c.sent = read(s.sent);
  c.sent_bytes = read(s.sent_bytes);
  c.again = read(s.again);
  c.refused = read(s.refused);
  c.left = read(s.left);
  c.skipped_answered = read(s.skipped);
  c.held = read(s.held);
  c.positions = read(s.taken);
  return c;
}

int SendProgram::program_fd() const { return bpf_program__fd(state_->program->progs.send_probes); }

}  // namespace portolan::xdp
