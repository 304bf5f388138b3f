// SPDX-License-Identifier: Apache-2.0
#include "xdp/answer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "population/personality.h"
#include "xdp/own_blocks.h"
#include "xdp/refusal.h"

// The generated header is C, and names these types as they are named there.
using portolan::population::HostShares;
using portolan::population::PortTable;
using portolan::wire::SynKeys;
using portolan::xdp::AnswerConfig;
using portolan::xdp::AnswerLook;
#include <bpf/xdp/answer.skel.h>

namespace portolan::xdp {
namespace {

using population::Personality;
using population::Population;

constexpr std::array<std::string_view, kAnswerCounts> kNames = {
    "received",        "malformed",    "denied",        "bad_source",   "own_source",   "nobody",
    "silent_port",     "arp",          "neighbor",      "echo",         "syn",          "resets",
    "unreachable",     "rate_limited", "no_room",       "out_link",     "out_icmp",     "out_syn_acks",
    "out_resets",      "capped",       "ipv4-checksum", "tcp-checksum", "udp-checksum", "icmpv4-checksum",
    "icmpv6-checksum", "passed"};

struct Unload {
  void operator()(answer_bpf* program) const { answer_bpf__destroy(program); }
};
using Program = std::unique_ptr<answer_bpf, Unload>;

AnswerOptions make_options(const Personality& p, uint16_t mss, uint32_t place) {
  AnswerOptions options{};
  const std::string_view layout = p.layouts[place];
  options.length = static_cast<uint8_t>(
      population::write_syn_ack_options(layout, mss, p.look.window_scale, 0, 0, base::MutableBytes(options.bytes)));
  options.window = (place & 4) != 0 ? p.look.window : p.look.window_plain;
  const size_t clock = layout.find('T');
  if (clock == layout.npos) return options;
  // TSval stands behind what is before it, and its own kind and length.
  uint8_t before[kMostAnswerOptions];
  options.clock_at = static_cast<uint8_t>(
      2 + population::write_syn_ack_options(layout.substr(0, clock), mss, p.look.window_scale, 0, 0, before));
  return options;
}

void fill_looks(AnswerLook* looks) {
  for (const Personality& p : population::personalities()) {
    looks->look = p.look;
    for (uint32_t place = 0; place < 8; ++place) {
      looks->options[0][place] = make_options(p, p.look.mss_v4, place);
      looks->options[1][place] = make_options(p, p.look.mss_v6, place);
    }
    ++looks;
  }
}

AnswerRate rate_of(const FastRate& rate) {
  const auto interval = static_cast<uint64_t>(rate.interval);
  return {interval, interval * std::max<uint64_t>(rate.burst, 1)};
}

void fill_primary(uint64_t (&words)[2], const std::optional<addr::IpAddress>& address) {
  if (address) words[0] = address->hi(), words[1] = address->lo();
}

void fill_config(AnswerConfig& c, const FastOptions& o, const Population& population, const OwnBlocks& own) {
  const bool everywhere = o.own_everything && population.is_everywhere();
  fill_primary(c.primary_v4, o.primary_v4);
  fill_primary(c.primary_v6, o.primary_v6);
  c.limits[0] = rate_of(o.per_address);
  c.limits[1] = rate_of(o.per_subnet);
  c.limits[2] = rate_of(o.per_site);
  c.limits_any = c.limits[0].interval != 0 || c.limits[1].interval != 0 || c.limits[2].interval != 0;
  c.whole = rate_of(o.whole);
  if (const uint32_t errors = population.weather().icmp_errors_per_second; errors != 0) {
    c.errors = rate_of({base::kSecond / errors, errors});
  }
  std::copy(own.prefixes.begin(), own.prefixes.end(), c.own_v6);
  c.own_v6_count = static_cast<uint32_t>(own.prefixes.size());
  o.mac.store(c.mac);
  c.own_slot_shift = own.slot_shift;
  c.own_slot_mask = static_cast<uint32_t>(own.slots.size() - 1);
  c.own_everything = everywhere;
  c.refuse_own = !o.own_everything;
  c.trust_checksums = o.trust_checksums;
  c.deny_any = !o.denied_v4.empty() || !o.denied_v6.empty();
  c.named_any = !population.parts().named.empty();
}

// A RangeSet's ranges as a list again.
template <class Word>
addr::RangeList<Word> list_of(const std::optional<addr::RangeSet<Word>>& set) {
  addr::RangeList<Word> list;
  for (size_t k = 0; set && k < set->range_count(); ++k) list.add(set->range(k).first, set->range(k).last);
  return list;
}

// Where we are and the population is. What is ours alone is passed up: nobody lives there.
tl::expected<OwnBlocks, std::string> own_of(const FastOptions& o, const Population& population) {
  addr::RangeList<uint32_t> v4 = o.own_v4;
  addr::RangeList<base::u128> v6 = o.own_v6;
  v4.normalize();
  v6.normalize();
  if (!population.is_everywhere()) {
    const auto at_v4 = list_of(population.parts().v4);
    const auto at_v6 = list_of(population.parts().v6);
    v4 = o.own_everything ? at_v4 : in_both(v4, at_v4);
    v6 = o.own_everything ? at_v6 : in_both(v6, at_v6);
  }
  return make_own_blocks(v4, v6);
}

std::vector<DenyKey> deny_keys(const FastOptions& o) {
  std::vector<DenyKey> keys;
  const auto add = [&](const addr::IpAddress& address, int bits) {
    DenyKey key{};
    key.bits = static_cast<uint32_t>(bits);
    address.store_v6(key.address);
    keys.push_back(key);
  };
  for (const auto& r : o.denied_v4.ranges()) {
    cut_into_prefixes<uint32_t>(r.first, r.last, [&](uint32_t a, int b) { add(addr::IpAddress::v4(a), 96 + b); });
  }
  for (const auto& r : o.denied_v6.ranges()) {
    cut_into_prefixes<base::u128>(r.first, r.last, [&](base::u128 a, int b) { add(addr::IpAddress::v6(a), b); });
  }
  return keys;
}

template <class Map, class Key, class Value>
bool put(Map* map, const Key& key, const Value& value) {
  return bpf_map__update_elem(map, &key, sizeof key, &value, sizeof value, BPF_ANY) == 0;
}

bool fill_maps(const answer_bpf& p, const OwnBlocks& own, const std::vector<DenyKey>& denied,
               const Population& population) {
  for (const auto& [words, block] : own.blocks) {
    const auto& [hi, lo, bits] = words;
    if (!put(p.maps.own_blocks, OwnBlockKey{hi, lo, bits}, block)) return false;
  }
  for (uint32_t i = 0; i < own.slots.size(); ++i) {
    if (own.slots[i].address[0] != 0 && !put(p.maps.own_slots, i, own.slots[i])) return false;
  }
  for (const DenyKey& key : denied) {
    if (!put(p.maps.denied, key, uint32_t{1})) return false;
  }
  for (const auto& [address, host] : population.parts().named) {
    if (!put(p.maps.named, AddressKey{address.hi(), address.lo()}, uint8_t{1})) return false;
  }
  return true;
}

bool is_veth(int interface_index) {
  ifreq request{};
  if (if_indextoname(static_cast<unsigned>(interface_index), request.ifr_name) == nullptr) return false;
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  request.ifr_data = reinterpret_cast<char*>(&driver);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool known = ioctl(fd, SIOCETHTOOL, &request) == 0;
  close(fd);
  return known && std::string_view(driver.driver) == "veth";
}

uint32_t entries(size_t n) { return static_cast<uint32_t>(std::max<size_t>(n, 1)); }

}  // namespace

struct FastAnswer::State {
  Program program;
  int link = -1;
  std::string generic_reason;
  FastCounts before{};  // of programs that were replaced

  ~State() {
    if (link >= 0) close(link);
  }
};

std::string_view answer_counter_name(AnswerCount c) { return kNames[static_cast<size_t>(c)]; }

FastAnswer::FastAnswer(std::unique_ptr<State> state) : state_(std::move(state)) {}
FastAnswer::FastAnswer(FastAnswer&&) noexcept = default;
FastAnswer& FastAnswer::operator=(FastAnswer&&) noexcept = default;
FastAnswer::~FastAnswer() = default;

tl::expected<FastAnswer, std::string> FastAnswer::load(const FastOptions& options) {
  const auto population =
      options.population ? options.population : std::make_shared<const Population>(Population::open_to_all());
  const auto own = own_of(options, *population);
  if (!own) return tl::unexpected(own.error());
  const std::vector<DenyKey> denied = deny_keys(options);
  keep_last_words();
  Program program(answer_bpf__open());
  if (!program) return failed("cannot read the kernel program", errno);
  bpf_map__set_max_entries(program->maps.own_blocks, entries(own->blocks.size()));
  bpf_map__set_max_entries(program->maps.own_slots, entries(own->slots.size()));
  bpf_map__set_max_entries(program->maps.denied, entries(denied.size()));
  bpf_map__set_max_entries(program->maps.named, entries(population->parts().named.size()));
  bpf_map__set_max_entries(program->maps.buckets, entries(options.buckets));
  auto& data = *program->bss;
  fill_config(data.config, options, *population, *own);
  fill_looks(data.looks);
  data.shares = population->parts().shares;
  data.tcp_ports = *population->parts().tcp;
  data.udp_ports = *population->parts().udp;
  std::memcpy(data.own_v4, own->v4.data(), sizeof data.own_v4);
  if (const int error = answer_bpf__load(program.get()); error != 0) {
    return failed("cannot load the kernel program", -error);
  }
  if (!fill_maps(*program, *own, denied, *population)) return failed("cannot fill the kernel program's tables", errno);
  auto state = std::make_unique<State>();
  state->program = std::move(program);
  FastAnswer fast(std::move(state));
  fast.set_keys(options.keys);
  return fast;
}

tl::expected<FastAnswer, std::string> FastAnswer::open(int interface_index, const FastOptions& options, FastMode mode) {
  auto fast = load(options);
  if (!fast) return fast;
  if (const auto attached = fast->attach(interface_index, mode); !attached) return tl::unexpected(attached.error());
  return fast;
}

tl::expected<void, std::string> FastAnswer::attach(int interface_index, FastMode mode) {
  const auto attach = [&](uint32_t flags) {
    bpf_link_create_opts how{};
    how.sz = sizeof how, how.flags = flags;
    const int fd = bpf_link_create(program_fd(), interface_index, BPF_XDP, &how);
    return fd < 0 ? -errno : fd;
  };
  state_->generic_reason.clear();
  if (mode == FastMode::kGeneric) state_->generic_reason = "it was asked for";
  if (mode == FastMode::kAuto && is_veth(interface_index)) {
    state_->generic_reason = "it is a veth, whose other end may not take what its driver answers";
  }
  if (state_->generic_reason.empty()) {
    state_->link = attach(XDP_FLAGS_DRV_MODE);
    if (state_->link >= 0) return {};
    const int error = -std::exchange(state_->link, -1);
    if (mode == FastMode::kDriver) return failed("cannot attach the kernel program in the driver", error);
    state_->generic_reason = fmt::format("the driver does not take it: {}", std::strerror(error));
  }
  state_->link = attach(XDP_FLAGS_SKB_MODE);
  if (state_->link < 0) return failed("cannot attach the kernel program", -std::exchange(state_->link, -1));
  return {};
}

void FastAnswer::detach() {
  if (state_->link >= 0) close(std::exchange(state_->link, -1));
}

bool FastAnswer::is_attached() const { return state_->link >= 0; }
const std::string& FastAnswer::generic_reason() const { return state_->generic_reason; }

void FastAnswer::set_keys(const wire::SynKeys& keys) {
  auto& data = *state_->program->bss;
  const uint32_t other = 1 - (data.syn_keys_at & 1);
  data.syn_keys[other] = keys;
  __atomic_store_n(&data.syn_keys_at, other, __ATOMIC_RELEASE);
}

tl::expected<void, std::string> FastAnswer::replace(const FastOptions& options) {
  auto next = load(options);
  if (!next) return tl::unexpected(next.error());
  if (is_attached() && bpf_link_update(state_->link, next->program_fd(), nullptr) != 0) {
    return failed("cannot replace the kernel program", errno);
  }
  state_->before = counters();
  state_->program = std::move(next->state_->program);
  return {};
}

FastCounts FastAnswer::counters() const {
  FastCounts counts = state_->before;
  std::vector<uint64_t> of_cpus(static_cast<size_t>(std::max(libbpf_num_possible_cpus(), 1)));
  for (uint32_t i = 0; i < kAnswerCounts; ++i) {
    if (bpf_map__lookup_elem(state_->program->maps.counts, &i, sizeof i, of_cpus.data(), 8 * of_cpus.size(), 0) != 0) {
      continue;
    }
    for (const uint64_t n : of_cpus) counts[i] += n;
  }
  return counts;
}

int FastAnswer::program_fd() const { return bpf_program__fd(state_->program->progs.answer_frames); }

}  // namespace portolan::xdp
