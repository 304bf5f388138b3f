// SPDX-License-Identifier: Apache-2.0
#include "xdp/catch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "base/random.h"
#include "xdp/refusal.h"

// The generated header is C, and names these types as they are named there.
using portolan::xdp::CatchConfig;
using portolan::xdp::CatchOwn;
#include <bpf/xdp/catch.skel.h>

namespace portolan::xdp {
namespace {

constexpr std::array<std::string_view, kCatchCounts> kNames = {
    "recorded",      "duplicates",   "ring_full",       "bad_cookie",      "bad_source_port",
    "ipv4-checksum", "tcp-checksum", "icmpv4-checksum", "icmpv6-checksum", "to_socket",
    "passed",        "resets",       "reset_bytes",     "resets_unsent",
};
static_assert(kNames.back() == "resets_unsent" && sizeof(Caught) == 88);

struct Unload {
  void operator()(catch_bpf* program) const { catch_bpf__destroy(program); }
};
using Program = std::unique_ptr<catch_bpf, Unload>;

CatchConfig config_of(const CatchOptions& o) {
  CatchConfig c{};
  c.key[0] = o.key.k0, c.key[1] = o.key.k1;
  c.port_count = uint32_t{o.last_port} - o.first_port + 1;
  c.passes = o.passes;
  c.remember_mask = o.remembered - 1;
  c.first_port = o.first_port;
  c.vlan = o.vlan.value_or(0);
  c.tagged = o.vlan.has_value();
  c.tcp_tag = o.tcp_tag, c.echo_tag = o.echo_tag;
  c.judge = o.judge, c.tcp = o.tcp, c.echo = o.echo, c.reset = o.reset;
  c.trust_checksums = o.trust_checksums;
  c.ttl = o.ttl;
  return c;
}

// Puts our addresses into `table`; false: two of them would share a place.
bool place_own(const std::vector<addr::IpAddress>& ours, const CatchConfig& c, CatchOwn* table) {
  std::fill_n(table, kOwnPlaces, CatchOwn{});
  for (size_t i = 0; i < ours.size(); ++i) {
    CatchOwn& own = table[own_place(c.own_multiplier, c.own_shift, ours[i].hi(), ours[i].lo())];
    const bool same = own.hi == ours[i].hi() && own.lo == ours[i].lo();
    if (own.number != 0 && !same) return false;
    if (own.number == 0) own = {ours[i].hi(), ours[i].lo(), i + 1};
  }
  return true;
}

// Draws multipliers until no two addresses share a place, in as small a table as will do: foreign frames touch it.
// Of 128 addresses in 2,048 places one draw in 50 succeeds.
bool make_own_table(const std::vector<addr::IpAddress>& ours, CatchConfig& c, CatchOwn* table) {
  base::SplitMix64 random(1);
  for (uint32_t bits = 1; bits <= kOwnPlaceBits; ++bits) {
    c.own_shift = 64 - bits;
    for (int draw = bits < kOwnPlaceBits ? 64 : 4096; draw != 0; --draw) {
      for (uint64_t& m : c.own_multiplier) m = random.next() | 1;
      if (place_own(ours, c, table)) return true;
    }
  }
  return false;
}

std::string fault_of(const CatchOptions& o) {
  const auto v4 = std::count_if(o.ours.begin(), o.ours.end(), [](const auto& a) { return a.is_v4(); });
  if (v4 > kMostOwn || static_cast<long>(o.ours.size()) - v4 > kMostOwn) {
    return fmt::format("the kernel program knows {} addresses of each family at most", int{kMostOwn});
  }
  if (o.first_port > o.last_port || o.passes == 0) return "the kernel program needs ports and a pass";
  if (!std::has_single_bit(o.ring_bytes) || o.ring_bytes % static_cast<uint32_t>(sysconf(_SC_PAGESIZE)) != 0) {
    return fmt::format("a ring of {} bytes cannot be: it takes a power of two, and whole pages", o.ring_bytes);
  }
  if (!std::has_single_bit(o.remembered)) {
    return fmt::format("{} answers cannot be remembered: it takes a power of two", o.remembered);
  }
  return "";
}

}  // namespace

struct CatchProgram::State {
  Program program;
  Attachment attachment;
};

std::string_view catch_counter_name(CatchCount c) { return kNames[static_cast<size_t>(c)]; }

CatchProgram::CatchProgram(std::unique_ptr<State> state, RingReader ring)
    : state_(std::move(state)), ring_(std::move(ring)) {}
CatchProgram::CatchProgram(CatchProgram&&) noexcept = default;
CatchProgram& CatchProgram::operator=(CatchProgram&&) noexcept = default;
CatchProgram::~CatchProgram() = default;

tl::expected<CatchProgram, std::string> CatchProgram::load(const CatchOptions& options) {
  if (std::string fault = fault_of(options); !fault.empty()) return tl::unexpected(std::move(fault));
  keep_last_words();
  auto state = std::make_unique<State>();
  Program& program = state->program;
  program.reset(catch_bpf__open());
  if (!program) return failed("cannot read the kernel program", errno);
  bpf_map__set_max_entries(program->maps.results, options.ring_bytes);
  bpf_map__set_max_entries(program->maps.remembered, options.remembered);
  CatchConfig config = config_of(options);
  if (!make_own_table(options.ours, config, program->rodata->own_addresses)) {
    return tl::unexpected(std::string("our addresses do not fit in the kernel program's table"));
  }
  program->rodata->config = config;
  if (const int error = catch_bpf__load(program.get()); error != 0) {
    return failed("cannot load the kernel program", -error);
  }
  auto ring = RingReader::open(bpf_map__fd(program->maps.results), options.ring_bytes);
  if (!ring) return tl::unexpected(ring.error());
  return CatchProgram(std::move(state), *std::move(ring));
}

tl::expected<void, std::string> CatchProgram::attach(int interface_index, CatchMode mode) {
  return state_->attachment.attach(program_fd(), interface_index, mode);
}

void CatchProgram::detach() { state_->attachment.detach(); }
bool CatchProgram::is_attached() const { return state_->attachment.is_attached(); }
bool CatchProgram::in_driver() const { return state_->attachment.in_driver(); }
const std::string& CatchProgram::generic_reason() const { return state_->attachment.generic_reason(); }

tl::expected<void, std::string> CatchProgram::add_socket(uint32_t queue, int socket_fd) {
  if (bpf_map_update_elem(bpf_map__fd(state_->program->maps.sockets), &queue, &socket_fd, BPF_ANY) != 0) {
    return failed(fmt::format("cannot hand frames of queue {} to the AF_XDP socket", queue), errno);
  }
  return {};
}

int CatchProgram::ring_fd() const { return bpf_map__fd(state_->program->maps.results); }

CatchCounts CatchProgram::counters() const {
  CatchCounts counts{};
  std::vector<uint64_t> of_cpus(static_cast<size_t>(std::max(libbpf_num_possible_cpus(), 1)));
  for (uint32_t i = 0; i < kCatchCounts; ++i) {
    if (bpf_map_lookup_elem(bpf_map__fd(state_->program->maps.counts), &i, of_cpus.data()) != 0) continue;
    for (const uint64_t n : of_cpus) counts[i] += n;
  }
  return counts;
}

int CatchProgram::program_fd() const { return bpf_program__fd(state_->program->progs.catch_frames); }

}  // namespace portolan::xdp
