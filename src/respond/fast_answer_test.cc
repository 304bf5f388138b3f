// SPDX-License-Identifier: Apache-2.0
// The kernel program against the engine: the same frames to both, and the same bytes and counters from both.
//
// The program runs in the kernel without any device (BPF_PROG_TEST_RUN), so nothing is sent. Needs the right to load
// it; without, the test is skipped and says so.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "base/random.h"
#include "pktio/pair_port.h"
#include "population/spec.h"
#include "respond/engine.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/udp.h"
#include "xdp/answer.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::respond {
namespace {

using addr::IpAddress;
using addr::MacAddress;
using Frame = std::vector<uint8_t>;

constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kPeerMac{{2, 0, 0, 0, 0, 2}};
constexpr uint64_t kNet6 = 0x20010db8'00000000;

constexpr std::string_view kPopulation = R"(
seed = 11
live = 0.8
unreachable = 0.3
networks = ["10.0.0.0/22", "2001:db8::/118"]
tarpit = 0.1
syn-proxy = 0.1
ack-only = 0.05
echo = 0.8
personalities = { linux = 1, windows = 1, freebsd = 1, openbsd = 1, macos = 1, cisco = 1, printer = 1, embedded = 1 }
closed = 0.5
rejected = 0.25
[tcp]
open = { 80 = 0.7, "*" = 0.1 }
[udp]
open = { 53 = 0.5 }
[[host]]
address = "10.0.0.5"
open = [80]
)";

// Frames that ask something, of every kind, by a seeded generator.
class FrameMaker {
 public:
  explicit FrameMaker(uint64_t seed) : random_(seed) {}

  bool damaged() const { return damaged_; }

  Frame make() {
    damaged_ = false;
    v4_ = one_in(2);
    vlan_ = one_in(4) ? std::optional<uint16_t>(static_cast<uint16_t>(below(4095))) : std::nullopt;
    client_ = client();
    server_ = server();
    Frame frame = by_kind(below(9));
    if (one_in(4)) frame.resize(std::max<size_t>(frame.size(), 60 + below(8)), 0xee);  // padding
    if (one_in(8)) {
      damaged_ = true;
      frame[14 + below(static_cast<uint32_t>(frame.size() - 14))] ^= static_cast<uint8_t>(1u << below(8));
    }
    if (one_in(40)) damaged_ = true, frame.resize(14 + below(static_cast<uint32_t>(frame.size() - 14)));
    return frame;
  }

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_.next() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(random_.next()); }

  IpAddress client() {
    if (one_in(20)) return odd_client();
    return v4_ ? IpAddress::v4(0xc6336400 + below(1024)) : IpAddress::v6(base::make_u128(kNet6 + 1, below(1024)));
  }
  IpAddress odd_client() {
    constexpr uint32_t kOdd[] = {0, 0x7f000001, 0xe0000001, 0xffffffff, 0xf0000001, 0x0a000001, 0xc6336505};
    if (v4_) return IpAddress::v4(kOdd[below(7)]);
    const base::u128 odd[] = {0, 1, base::make_u128(0xff020000'00000000, 1), base::make_u128(kNet6, 9),
                              base::make_u128(kNet6 + 1, 0x105)};
    return IpAddress::v6(odd[below(5)]);
  }
  IpAddress server() {  // a part of them is outside of what is ours
    return v4_ ? IpAddress::v4(0x0a000000 + below(1200)) : IpAddress::v6(base::make_u128(kNet6, below(1200)));
  }

  Frame by_kind(uint32_t kind) {
    switch (kind) {
      case 0:
        return v4_ ? arp() : solicitation();
      case 1:
        return icmp(v4_ ? 8 : 128, one_in(20) ? 1 : 0);
      case 2:
        return icmp(byte(), 0);
      case 3:
      case 4:
        return udp();
      case 5:
        return packet(byte(), Frame(below(40), 7));
      case 6:
        return tcp(byte());
      default:
        return tcp(one_in(8) ? uint8_t{0xc2} : wire::tcp_flag::kSyn);
    }
  }

  Frame link(const MacAddress& to, uint16_t type, const Frame& body) {
    const wire::LinkShape shape{wire::LinkType::kEthernet, kPeerMac, vlan_};
    Frame frame(wire::size_of(shape));
    wire::emit(shape, to, type, frame);
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
  }

  Frame packet(uint8_t protocol, const Frame& payload, uint8_t hops = 61) {
    if (!v4_) {
      Frame out(40);
      wire::Ipv6 ip{.source = client_, .destination = server_, .next_header = protocol, .hop_limit = hops};
      ip.traffic_class = byte(), ip.flow_label = below(1 << 20);
      ip.payload_length = static_cast<uint16_t>(payload.size());
      wire::emit(ip, out);
      out.insert(out.end(), payload.begin(), payload.end());
      return link(kMac, wire::ether_type::kIpv6, out);
    }
    const Frame options(one_in(20) ? 4 : 0, 1);
    wire::Ipv4 ip{.source = client_, .destination = server_, .protocol = protocol, .ttl = hops, .tos = byte()};
    ip.identification = static_cast<uint16_t>(random_.next());
    ip.dont_fragment = one_in(2), ip.more_fragments = one_in(30), ip.options = options;
    ip.payload_length = static_cast<uint16_t>(payload.size());
    Frame out(wire::size_of(ip));
    wire::emit(ip, out);
    out.insert(out.end(), payload.begin(), payload.end());
    return link(kMac, wire::ether_type::kIpv4, out);
  }

  Frame arp() {
    Frame body(28);
    wire::emit(wire::Arp{one_in(10) ? wire::arp_operation::kReply : wire::arp_operation::kRequest, kPeerMac, client_,
                         MacAddress{}, one_in(20) ? client_ : server_},
               body);
    return link(one_in(2) ? MacAddress::broadcast() : kMac, wire::ether_type::kArp, body);
  }

  Frame solicitation() {
    wire::NeighborSolicitation ask{.target = server_};
    if (!one_in(3)) ask.source_mac = kPeerMac;
    const IpAddress group = wire::solicited_node(server_);
    const bool to_group = one_in(2);
    server_ = to_group ? group : server_;
    Frame body(wire::size_of(ask));
    wire::emit(ask, {client_, server_}, body);
    Frame frame = packet(wire::ip_protocol::kIcmpv6, body, one_in(10) ? 64 : 255);
    if (to_group) wire::multicast_mac(group).store(frame.data());
    return frame;
  }

  Frame icmp(uint8_t type, uint8_t code) {
    Frame data(one_in(10) ? below(1400) : below(100));
    for (uint8_t& b : data) b = byte();
    Frame body(8 + data.size());
    const auto rest = static_cast<uint32_t>(random_.next());
    if (v4_) {
      wire::emit(wire::Icmpv4{type, code, rest, data}, body);
    } else {
      wire::emit(wire::Icmpv6{type, code, rest, data}, {client_, server_}, body);
    }
    return packet(v4_ ? wire::ip_protocol::kIcmpv4 : wire::ip_protocol::kIcmpv6, body);
  }

  Frame udp() {
    Frame data(one_in(10) ? below(1400) : below(60));
    for (uint8_t& b : data) b = byte();
    Frame body(8 + data.size());
    const auto port = static_cast<uint16_t>(one_in(3) ? 53 : below(65536));
    wire::emit(wire::Udp{static_cast<uint16_t>(below(65536)), port, data}, {client_, server_}, body);
    if (one_in(20)) body[6] = body[7] = 0;  // no checksum
    return packet(wire::ip_protocol::kUdp, body);
  }

  Frame tcp_options() {
    Frame options;
    const auto add = [&](std::initializer_list<uint8_t> v) { options.insert(options.end(), v); };
    while (options.size() < 30 && !one_in(6)) {
      switch (below(8)) {
        case 0:
          add({2, 4, byte(), byte()});
          break;
        case 1:
          add({3, 3, static_cast<uint8_t>(below(20))});
          break;
        case 2:
          add({4, 2});
          break;
        case 3:
          add({8, 10, byte(), byte(), byte(), byte(), 0, 0, 0, 0});
          break;
        case 4:
          add({byte(), byte()});
          break;
        default:
          add({1});
      }
    }
    while (options.size() % 4 != 0) options.push_back(static_cast<uint8_t>(one_in(2)));
    return options;
  }

  Frame tcp(uint8_t flags) {
    const Frame options = tcp_options();
    const Frame data(one_in(6) ? below(1200) : 0, 0x55);
    wire::Tcp segment{.source_port = static_cast<uint16_t>(below(65536)),
                      .destination_port = static_cast<uint16_t>(one_in(3) ? 80 : below(65536))};
    segment.sequence = base::SeqNum(static_cast<uint32_t>(random_.next()));
    segment.acknowledgment = base::SeqNum(static_cast<uint32_t>(random_.next()));
    segment.flags = flags, segment.window = 1024, segment.options = options, segment.payload = data;
    Frame body(wire::size_of(segment));
    wire::emit(segment, {client_, server_}, body);
    return packet(wire::ip_protocol::kTcp, body);
  }

  base::SplitMix64 random_;
  bool v4_ = true;
  bool damaged_ = false;
  std::optional<uint16_t> vlan_;
  IpAddress client_, server_;
};

enum class Action : uint32_t { kAborted, kDrop, kPass, kTx };

struct KernelSays {
  Action action;
  Frame frame;
  base::Nanos before, after;
};

class FastAnswerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = xdp::testing::why_no_kernel_programs(); !reason.empty()) GTEST_SKIP() << reason;
    auto population = population::read_toml_population(kPopulation, "test");
    ASSERT_TRUE(population.has_value()) << population.error()[0].to_string();
    population_ = std::make_shared<const population::Population>(*std::move(population));
  }

  // Both sides, for addresses of ours that are wider than the population, and a source that is denied.
  void open(uint64_t errors = 0) {
    addr::RangeList<uint32_t> own_v4, denied_v4;
    addr::RangeList<base::u128> own_v6, denied_v6;
    own_v4.add(0x0a000000, 0x0a000444);
    own_v6.add(base::make_u128(kNet6, 0), base::make_u128(kNet6, 0x444));
    denied_v4.add(0xc6336505, 0xc6336509);
    denied_v6.add(base::make_u128(kNet6 + 1, 0x100), base::make_u128(kNet6 + 1, 0x10f));
    auto [near, far] = pktio::make_port_pair();
    near_ = std::move(near), far_ = std::move(far);
    EngineOptions options;
    options.mac = kMac;
    options.own = AddressSet(own_v4, own_v6);
    options.denied = AddressSet(denied_v4, denied_v6);
    options.population = population_;
    options.rates = {.per_source = errors, .per_prefix = 0, .whole = 0};
    engine_ = std::make_unique<Engine>(options, *near_, nullptr, 0);
    xdp::FastOptions fast{.mac = kMac, .own_everything = false, .own_v4 = own_v4, .own_v6 = own_v6};
    fast.denied_v4 = denied_v4, fast.denied_v6 = denied_v6;
    fast.population = population_;
    fast.keys = engine_->syn_keys();
    auto loaded = xdp::FastAnswer::load(fast);
    ASSERT_TRUE(loaded.has_value()) << loaded.error();
    fast_.emplace(*std::move(loaded));
  }

  KernelSays kernel(Frame frame) {
    Frame out(4096);
    if (frame.size() < 14) frame.resize(14);
    LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(), .data_out = out.data(),
                .data_size_in = static_cast<uint32_t>(frame.size()), .data_size_out = 4096, .repeat = 1);
    KernelSays says{};
    says.before = clock_.now();
    EXPECT_EQ(bpf_prog_test_run_opts(fast_->program_fd(), &run), 0) << strerror(errno);
    says.after = clock_.now();
    says.action = static_cast<Action>(run.retval);
    out.resize(run.data_size_out);
    says.frame = std::move(out);
    return says;
  }

  std::vector<Frame> engine(const Frame& frame, base::Nanos now) {
    engine_->on_frame({frame, 0, false}, now);
    engine_->flush();
    std::vector<Frame> answers;
    for (const pktio::RxFrame& f : far_->receive(8)) answers.emplace_back(f.bytes.begin(), f.bytes.end());
    return answers;
  }

  // Engine's answer with the clock of the kernel's: the one of the milliseconds between that makes them equal, if any.
  std::vector<Frame> engine_like(const Frame& frame, const KernelSays& kernel) {
    std::vector<Frame> answers;
    for (base::Nanos ms = kernel.before / base::kMillisecond; ms <= kernel.after / base::kMillisecond; ++ms) {
      answers = engine(frame, ms * base::kMillisecond);
      if (kernel.action != Action::kTx || (answers.size() == 1 && answers[0] == kernel.frame)) break;
    }
    return answers;
  }

  base::SystemClock clock_;
  std::shared_ptr<const population::Population> population_;
  std::unique_ptr<pktio::PairPort> near_, far_;
  std::unique_ptr<Engine> engine_;
  std::optional<xdp::FastAnswer> fast_;
};

std::string hex(const Frame& frame) {
  std::string text;
  for (const uint8_t b : frame) text += fmt::format("{:02x}", b);
  return text;
}

// The names of what a counter of ours went up by, the engine's among them that the kernel also has.
std::map<std::string_view, uint64_t> moved(const xdp::FastCounts& before, const xdp::FastCounts& after) {
  std::map<std::string_view, uint64_t> names;
  for (uint32_t i = 0; i < xdp::kAnswerCounts; ++i) {
    const auto name = xdp::answer_counter_name(static_cast<xdp::AnswerCount>(i));
    if (after[i] != before[i]) names[name] = after[i] - before[i];
  }
  return names;
}

std::map<std::string_view, uint64_t> moved(const Counters& counters, base::Counters<Count>::Snapshot& before) {
  std::map<std::string_view, uint64_t> names;
  const auto after = counters.respond.snapshot();
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i] != before[i]) names[counter_name(static_cast<Count>(i))] = after[i] - before[i];
  }
  before = after;
  return names;
}

TEST_F(FastAnswerTest, SaysWhatTheEngineSays) {
  open();
  FrameMaker maker(5);
  std::map<std::string_view, uint64_t> seen;
  auto counted = engine_->counters().respond.snapshot();
  xdp::FastCounts fast_counted = fast_->counters();
  for (int i = 0; i < 20'000; ++i) {
    const Frame frame = maker.make();
    if (frame.size() < 14) continue;
    const KernelSays says = kernel(frame);
    const xdp::FastCounts fast_now = fast_->counters();
    const auto kernel_counts = moved(fast_counted, fast_now);
    fast_counted = fast_now;
    for (const auto& [name, n] : kernel_counts) seen[name] += n;
    ASSERT_NE(says.action, Action::kAborted) << hex(frame);
    if (says.action == Action::kPass) {
      ASSERT_TRUE(kernel_counts.empty()) << "user space counts it: " << hex(frame);
      ASSERT_EQ(hex(says.frame), hex(frame)) << "passed up as it came";
      continue;
    }
    moved(engine_->counters(), counted);
    const std::vector<Frame> answers = engine_like(frame, says);
    if (says.action == Action::kDrop) {
      ASSERT_TRUE(answers.empty()) << i << " " << hex(frame) << "\nengine says " << hex(answers[0]);
    } else {
      ASSERT_EQ(answers.size(), 1u) << i << " " << hex(frame) << "\nkernel says " << hex(says.frame);
      ASSERT_EQ(hex(answers[0]), hex(says.frame)) << i << " for " << hex(frame);
    }
    if (!maker.damaged() && says.after / base::kMillisecond == says.before / base::kMillisecond) {
      ASSERT_EQ(moved(engine_->counters(), counted), kernel_counts) << i << " " << hex(frame);
    }
  }
  for (const char* name :
       {"arp", "neighbor", "echo", "syn", "resets", "unreachable", "nobody", "silent_port", "denied", "bad_source",
        "own_source", "ipv4-checksum", "tcp-checksum", "udp-checksum", "icmpv4-checksum", "icmpv6-checksum"}) {
    EXPECT_GT(seen[name], 5u) << name << ": no frame of this kind was compared";
  }
}

// What is plain is answered by the kernel, not passed up: else the test above would compare little.
TEST_F(FastAnswerTest, PassesUpOnlyWhatIsNotPlain) {
  open();
  FrameMaker maker(6);
  uint64_t passed = 0, answered_by_engine = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Frame frame = maker.make();
    if (frame.size() < 14 || kernel(frame).action != Action::kPass) continue;
    ++passed;
    answered_by_engine += !engine(frame, clock_.now()).empty();
  }
  EXPECT_GT(passed, 500u);
  EXPECT_LT(answered_by_engine, 5'000u / 5) << "strays, other protocols, middleboxes, anonymous solicitations";
}

}  // namespace
}  // namespace portolan::respond
