// SPDX-License-Identifier: Apache-2.0
// catch_flood: how many answers a second the receiving kernel program takes, records and hands up.
//
//   catch_flood [--count N] [--rate N] [--ring-bytes N] [--remembered N] [--no-reset] [--stats] [--generic]
//               [--sender CPU] [--reader CPU]
//
// In a network namespace of its own, with both ends of a link inside: the far end sends the SYN-ACKs of N distinct
// targets with right cookies (XDP live frames), the near end has xdp::CatchProgram, and a thread polls its records and
// ticks each target off. Prints an account as JSON: rates, losses, targets that were missed or told twice. --stats:
// what the program spends on a frame, by the kernel's own count, which costs some 30 ns a frame itself. The sender's
// processor time has all of it: making the frame, the link, the program, and at the far end the reset. Needs root.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "answers_shared.h"
#include "base/testing/private_network.h"
#include "wire/checksum.h"
#include "xdp/catch.h"

// The generated header is C and names the plan.
#include <bpf/bench/answers.skel.h>

namespace portolan::bench {
namespace {

constexpr uint32_t kOurs = 0xc0000201, kFirstTarget = 0x0a000000;
constexpr uint16_t kFirstPort = 40000, kLastPort = 59999;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

struct Options {
  uint64_t count = 6'000'000, rate = 0;
  uint32_t ring_bytes = 1 << 25, remembered = 1 << 18;
  bool reset = true, stats = false, generic = false;
  int sender = 0, reader = 1;
};

Options parse(std::span<char*> words) {
  Options o;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--no-reset") {
      o.reset = false;
    } else if (word == "--stats") {
      o.stats = true;
    } else if (word == "--generic") {
      o.generic = true;
    } else if (++i == words.size()) {
      throw std::runtime_error("unknown option, or it needs a value: " + word);
    } else if (word == "--count") {
      o.count = std::stoull(words[i]);
    } else if (word == "--rate") {
      o.rate = std::stoull(words[i]);
    } else if (word == "--ring-bytes") {
      o.ring_bytes = static_cast<uint32_t>(std::stoul(words[i]));
    } else if (word == "--remembered") {
      o.remembered = static_cast<uint32_t>(std::stoul(words[i]));
    } else if (word == "--sender") {
      o.sender = std::stoi(words[i]);
    } else if (word == "--reader") {
      o.reader = std::stoi(words[i]);
    } else {
      throw std::runtime_error("unknown option " + word);
    }
  }
  return o;
}

uint64_t clock_ns(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) fail("stay on one processor");
}

addr::MacAddress mac_of(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0) fail(interface);
  close(fd);
  std::array<uint8_t, 6> bytes;
  std::memcpy(bytes.data(), request.ifr_hwaddr.sa_data, bytes.size());
  return addr::MacAddress::from_bytes(bytes.data());
}

AnswersPlan plan_of(const Options& o, const xdp::CatchOptions& scan) {
  constexpr std::array<uint8_t, 20> kIp = {0x45, 0, 0, 44, 0, 0, 0x40, 0, 57, 6};
  constexpr std::array<uint8_t, 24> kTcp = {0,    kTheirPort, 0,    0,    1, 2, 3, 4, 0, 0, 0, 0,
                                            0x60, 0x12,       0xfa, 0xf0, 0, 0, 0, 0, 2, 4, 5, 0xb4};
  AnswersPlan plan{};
  plan.key[0] = scan.key.k0, plan.key[1] = scan.key.k1;
  plan.most = o.count;
  plan.interval_ps = o.rate == 0 ? 0 : 1'000'000'000'000 / o.rate;
  plan.interface = if_nametoindex("far");
  plan.ours = kOurs, plan.first_target = kFirstTarget;
  plan.first_port = scan.first_port;
  plan.port_count = uint32_t{scan.last_port} - scan.first_port + 1;
  plan.tag = scan.tcp_tag;
  uint8_t* p = plan.frame;
  mac_of("near").store(p);
  mac_of("far").store(p + 6);
  p[12] = 8;
  std::memcpy(p + 14, kIp.data(), kIp.size());
  base::store_be32(p + 30, kOurs);
  std::memcpy(p + 34, kTcp.data(), kTcp.size());
  const base::Bytes frame(plan.frame);
  const wire::Sum ends = wire::Sum().add(frame.subspan(26, 8));
  plan.sum_ip = base::to_be(wire::Sum().add(frame.subspan(14, 20)).fold());
  plan.sum_tcp = base::to_be(wire::Sum(ends).add32(6).add32(24).add(frame.subspan(34, 24)).fold());
  return plan;
}

class Flood {
 public:
  explicit Flood(const Options& o) : o_(o), program_(answers_bpf__open_and_load()), seen_(o.count) {
    if (program_ == nullptr) fail("load the far side");
    network_.add_veth("near", "far");
    scan_.ours = {addr::IpAddress::v4(kOurs)};
    scan_.first_port = kFirstPort, scan_.last_port = kLastPort;
    scan_.key = base::SipKey::draw();
    scan_.reset = o.reset, scan_.ring_bytes = o.ring_bytes, scan_.remembered = o.remembered;
    auto caught = xdp::CatchProgram::load(scan_);
    if (!caught) throw std::runtime_error(caught.error());
    catch_.emplace(*std::move(caught));
    const auto mode = o.generic ? xdp::CatchMode::kGeneric : xdp::CatchMode::kDriver;
    const auto attached = catch_->attach(static_cast<int>(if_nametoindex("near")), mode);
    if (!attached) throw std::runtime_error(attached.error());
    LIBBPF_OPTS(bpf_link_create_opts, how, .flags = XDP_FLAGS_DRV_MODE);
    const int far = static_cast<int>(if_nametoindex("far"));
    far_link_ = bpf_link_create(bpf_program__fd(program_->progs.take_resets), far, BPF_XDP, &how);
    if (far_link_ < 0) fail("take the resets");
    program_->bss->plan = plan_of(o, scan_);
  }
  ~Flood() {
    if (far_link_ >= 0) close(far_link_);
    answers_bpf__destroy(program_);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  std::string run() {
    const int stats = o_.stats ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;
    program_->bss->plan.begin = clock_ns(CLOCK_MONOTONIC);
    std::thread sender([this] { send(); });
    read();
    sender.join();
    if (!error_.empty()) throw std::runtime_error(error_);
    const std::string account = tell();
    if (stats >= 0) close(stats);
    return account;
  }

 private:
  void send() {
    stay_on(o_.sender);
    std::array<uint8_t, kAnswerFrame + kSurplus> frame{};
    while (__atomic_load_n(&program_->data->made, __ATOMIC_RELAXED) < o_.count && error_.empty()) {
      const uint64_t left = o_.count - __atomic_load_n(&program_->data->made, __ATOMIC_RELAXED);
      LIBBPF_OPTS(bpf_test_run_opts, how, .data_in = frame.data(), .data_size_in = frame.size(),
                  .repeat = static_cast<int>(left), .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
      const int result = bpf_prog_test_run_opts(bpf_program__fd(program_->progs.make_answer), &how);
      if (result != 0 && result != -EINTR) error_ = fmt::format("send live frames: {}", std::strerror(-result));
    }
    sending_ = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    sent_ = true;
  }

  // Until all came, or nothing has come for a quarter of a second after the last was sent.
  void read() {
    stay_on(o_.reader);
    const uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    pollfd wait{catch_->ring_fd(), POLLIN, 0};
    uint64_t last = clock_ns(CLOCK_MONOTONIC);
    while (polled_ < o_.count) {
      const uint64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
      const size_t n = catch_->poll(512, [this](const xdp::Caught& c) { take(c); });
      if (n != 0) {
        taking_ += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
        polled_ += n;
        last = clock_ns(CLOCK_MONOTONIC);
        continue;
      }
      if (sent_ && clock_ns(CLOCK_MONOTONIC) - last > 250'000'000) break;
      ::poll(&wait, 1, 1);
    }
    reading_ = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  }

  void take(const xdp::Caught& c) {
    const uint64_t i = static_cast<uint32_t>(c.lo) - kFirstTarget;
    if (i >= seen_.size() || c.what != xdp::kCaughtSynAck || c.port != kTheirPort) {
      ++wrong_;
      return;
    }
    twice_ += seen_[i];
    seen_[i] = 1;
    if (first_ == 0) first_ = c.time;
    last_ = c.time;
  }

  std::string tell() const {
    const auto counts = catch_->counters();
    uint64_t missed = 0;
    for (const uint8_t s : seen_) missed += s == 0;
    std::string names;
    for (uint32_t i = 0; i < xdp::kCatchCounts; ++i) {
      const auto name = xdp::catch_counter_name(static_cast<xdp::CatchCount>(i));
      if (counts[i] != 0) names += fmt::format(R"("{}":{},)", name, counts[i]);
    }
    bpf_prog_info info{};
    uint32_t size = sizeof info;
    bpf_obj_get_info_by_fd(catch_->program_fd(), &info, &size);
    const double seconds = 1e-9 * static_cast<double>(last_ - first_);
    const auto per = [](uint64_t ns, uint64_t n) {
      return n == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(n);
    };
    return fmt::format(
        R"({{"made":{},"seconds":{:.3f},"recorded_per_second":{:.0f},{}"polled":{},"missed":{},"twice":{},"wrong":{},)"
        R"("resets_seen":{},"kernel_ns_a_frame":{:.1f},"user_ns_a_record":{:.1f},"reader_cpu_ns_a_record":{:.1f},"sender_cpu_ns_a_frame":{:.1f}}})",
        program_->data->made, seconds, static_cast<double>(counts[xdp::kCatchRecorded]) / seconds, names, polled_,
        missed, twice_, wrong_, program_->bss->resets, per(info.run_time_ns, info.run_cnt), per(taking_, polled_),
        per(reading_, polled_), per(sending_, program_->data->made));
  }

  const Options o_;
  base::testing::PrivateNetwork network_;
  answers_bpf* program_;
  xdp::CatchOptions scan_;
  std::optional<xdp::CatchProgram> catch_;
  int far_link_ = -1;
  std::atomic<bool> sent_{false};
  std::string error_;
  std::vector<uint8_t> seen_;
  uint64_t polled_ = 0, twice_ = 0, wrong_ = 0, first_ = 0, last_ = 0, taking_ = 0, reading_ = 0, sending_ = 0;
};

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    portolan::bench::Flood flood(portolan::bench::parse({argv + 1, argv + argc}));
    fmt::print("{}\n", flood.run());
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    fmt::print(stderr, "catch_flood: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
