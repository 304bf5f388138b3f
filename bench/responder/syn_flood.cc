// SPDX-License-Identifier: Apache-2.0
// syn_flood: the far side of bench/respond. Sends SYNs as fast as one core can, and judges what comes back.
//
//   syn_flood INTERFACE MAC TARGETS [--seconds S] [--warm-up S] [--count N] [--in-driver] [--watch PID]
//             [--watch-file FD]...
//
// The frames are XDP live frames (BPF_PROG_TEST_RUN), several times as many as a packet socket sends, to MAC, to the
// addresses of the file TARGETS in a random order. Sends for warm-up + seconds, N SYNs at most; what happens in
// `seconds` is the measurement. Then it waits for what is still on its way, and prints an account as JSON.
// --in-driver: judges in the driver of the interface, which the driver at the other end needs for its answers; else
// before the network stack. --watch: adds what that process and every core did meanwhile. --watch-file: the same for a
// thread whose schedstat (proc(5)) is open as FD: the kernel's own threads cannot be seen from a process namespace.
// Not for the machine's own interfaces: bench/respond runs it in a network namespace of its own.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "checksum.h"
#include "flood_shared.h"

// The generated header is C and names the plan.
#include <bpf/bench/flood.skel.h>

namespace portolan::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Mac = std::array<uint8_t, 6>;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

struct Options {
  std::string interface, targets;
  Mac mac{};
  double seconds = 1, warm_up = 0.3;
  uint64_t count = kMostSyns;
  bool in_driver = false;
  int watch = 0;
  std::vector<int> watch_files;
};

Mac parse_mac(const std::string& text) {
  std::array<unsigned, 6> b{};
  if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    throw std::runtime_error(text + " is no MAC address");
  }
  Mac mac;
  for (size_t i = 0; i < 6; ++i) mac[i] = static_cast<uint8_t>(b[i]);
  return mac;
}

Options parse(std::span<char*> words) {
  if (words.size() < 3) throw std::runtime_error("syn_flood INTERFACE MAC TARGETS [options]");
  Options o;
  o.interface = words[0], o.mac = parse_mac(words[1]), o.targets = words[2];
  for (size_t i = 3; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--in-driver") {
      o.in_driver = true;
      continue;
    }
    if (++i == words.size()) throw std::runtime_error(word + " needs a value");
    if (word == "--seconds") {
      o.seconds = std::stod(words[i]);
    } else if (word == "--warm-up") {
      o.warm_up = std::stod(words[i]);
    } else if (word == "--count") {
      o.count = std::min<uint64_t>(std::stoull(words[i]), kMostSyns);
    } else if (word == "--watch") {
      o.watch = std::stoi(words[i]);
    } else if (word == "--watch-file") {
      o.watch_files.push_back(std::stoi(words[i]));
    } else {
      throw std::runtime_error("unknown option " + word);
    }
  }
  return o;
}

Mac own_mac(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0) fail("MAC address of " + interface);
  close(fd);
  Mac mac;
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

// A SYN of a Linux-like scanner, as it is but for what make_syn fills in: an MSS of 1460, padded to 60 bytes.
FloodPlan plan_of(const Options& o) {
  constexpr std::array<uint8_t, 20> kIp = {0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6};
  constexpr std::array<uint8_t, 24> kTcp = {0,    0, 0,    kPort, 0, 0, 0, 0, 0, 0, 0, 0,
                                            0x60, 2, 0xfa, 0xf0,  0, 0, 0, 0, 2, 4, 5, 0xb4};
  FloodPlan plan{};
  plan.most = o.count;
  plan.interface = if_nametoindex(o.interface.c_str());
  if (plan.interface == 0) fail(o.interface);
  const Mac source = own_mac(o.interface);
  uint8_t* p = plan.frame;
  std::memcpy(p, o.mac.data(), 6);
  std::memcpy(p + 6, source.data(), 6);
  p[12] = 8;
  std::memcpy(p + 14, kIp.data(), kIp.size());
  std::memcpy(p + 34, kTcp.data(), kTcp.size());
  plan.sum_ip = sum_of(p + 14, 20);
  plan.sum_tcp = sum_of(p + 34, 24) + htons(6) + htons(24);
  return plan;
}

std::vector<uint32_t> read_targets(const std::string& path) {
  std::ifstream file(path);
  std::vector<uint32_t> targets;
  for (std::string line; std::getline(file, line);) {
    in_addr address{};
    if (inet_pton(AF_INET, line.c_str(), &address) != 1) throw std::runtime_error(path + ": " + line);
    targets.push_back(ntohl(address.s_addr));
  }
  if (targets.empty()) throw std::runtime_error(path + ": no address");
  return targets;
}

// Seconds of processor time, of a process or of a core.
struct Spent {
  double user = 0, system = 0, softirq = 0, busy = 0;
};

double seconds_of(uint64_t ticks) { return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)); }

// To the nanosecond, of all threads that live.
double run_time(int process) {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process))) {
    double nanos = 0;
    std::ifstream(task.path() / "schedstat") >> nanos;
    sum += nanos * 1e-9;
  }
  return sum;
}

double run_time_of_file(int fd) {
  std::array<char, 128> text{};
  return pread(fd, text.data(), text.size() - 1, 0) > 0 ? std::strtod(text.data(), nullptr) * 1e-9 : 0;
}

Spent spent_by(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  uint64_t user = 0, system = 0;
  rest >> user >> system;
  return {seconds_of(user), seconds_of(system), 0, run_time(process)};
}

std::vector<Spent> spent_by_cores() {
  std::ifstream file("/proc/stat");
  std::vector<Spent> cores;
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    if (line[3] == ' ') continue;
    std::istringstream words(line.substr(line.find(' ')));
    std::array<uint64_t, 8> t{};  // user nice system idle iowait irq softirq steal
    for (auto& ticks : t) words >> ticks;
    cores.push_back({seconds_of(t[0] + t[1]), seconds_of(t[2]), seconds_of(t[5] + t[6]),
                     seconds_of(t[0] + t[1] + t[2] + t[5] + t[6] + t[7])});
  }
  return cores;
}

Spent operator-(const Spent& a, const Spent& b) {
  return {a.user - b.user, a.system - b.system, a.softirq - b.softirq, a.busy - b.busy};
}

std::string json(const Spent& s) {
  return fmt::format(R"({{"user":{:.2f},"system":{:.2f},"softirq":{:.2f},"busy":{:.4f}}})", s.user, s.system, s.softirq,
                     s.busy);
}

struct Snapshot {
  Clock::time_point when;
  uint64_t made;
  std::array<uint64_t, kVerdicts> answers;
  Spent process, sender;
  std::vector<Spent> cores;
  std::vector<double> threads;  // of the watched files
};

class Flood {
 public:
  explicit Flood(const Options& options) : options_(options), program_(flood_bpf__open_and_load()) {
    if (!program_) fail("load the kernel program");
    const auto targets = read_targets(options.targets);
    for (uint32_t i = 0; i < kTargets; ++i) {
      bpf_map__update_elem(program_->maps.targets, &i, sizeof i, &targets[i % targets.size()], sizeof(uint32_t), 0);
    }
    program_->bss->plan = plan_of(options);
    attach();
  }
  ~Flood() {
    if (program_) flood_bpf__destroy(program_);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  std::string run() {
    std::thread sender([this] { send(); });
    std::this_thread::sleep_for(std::chrono::duration<double>(options_.warm_up));
    const Snapshot begin = look();
    const auto until = begin.when + std::chrono::duration<double>(options_.seconds);
    while (Clock::now() < until && !done_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Snapshot end = look();
    __atomic_store_n(&program_->bss->ended, 1, __ATOMIC_RELAXED);
    while (!done_) {
      pthread_kill(sender.native_handle(), SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    sender.join();
    if (!error_.empty()) throw std::runtime_error(error_);
    await_rest();
    return account(begin, end, look());
  }

 private:
  void attach() {
    const int index = static_cast<int>(program_->bss->plan.interface);
    if (options_.in_driver) {
      const int fd = bpf_program__fd(program_->progs.judge_in_driver);
      LIBBPF_OPTS(bpf_link_create_opts, how, .flags = XDP_FLAGS_DRV_MODE);
      if (bpf_link_create(fd, index, BPF_XDP, &how) < 0) fail("attach in the driver");
      return;
    }
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, how, .prog_fd = bpf_program__fd(program_->progs.judge_in_stack), .flags = BPF_TC_F_REPLACE,
                .handle = 1, .priority = 1);
    const int made = bpf_tc_hook_create(&hook);
    if ((made != 0 && made != -EEXIST) || bpf_tc_attach(&hook, &how) != 0) fail("attach before the network stack");
  }

  void send() {
    std::array<uint8_t, kFrame> frame{};
    std::memcpy(frame.data(), program_->bss->plan.frame, frame.size());
    LIBBPF_OPTS(bpf_test_run_opts, how, .data_in = frame.data(), .data_size_in = kFrame,
                .repeat = static_cast<int>(options_.count), .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
    const int result = bpf_prog_test_run_opts(bpf_program__fd(program_->progs.make_syn), &how);
    if (result != 0 && result != -EINTR) error_ = fmt::format("send live frames: {}", std::strerror(-result));
    done_ = true;
  }

  Snapshot look() const {
    Snapshot s;
    s.process = options_.watch != 0 ? spent_by(options_.watch) : Spent{};
    s.sender = spent_by(getpid());
    s.cores = spent_by_cores();
    for (const int fd : options_.watch_files) s.threads.push_back(run_time_of_file(fd));
    s.made = __atomic_load_n(&program_->data->made, __ATOMIC_RELAXED);
    for (size_t i = 0; i < kVerdicts; ++i) {
      s.answers[i] = __atomic_load_n(&program_->bss->answers[i], __ATOMIC_RELAXED);
    }
    s.when = Clock::now();
    return s;
  }

  // Until nothing has come for a quarter of a second.
  void await_rest() const {
    auto last = look();
    for (auto now = last; now.when - last.when < std::chrono::milliseconds(250); now = look()) {
      if (now.answers != last.answers) last = now;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::string account(const Snapshot& begin, const Snapshot& end, const Snapshot& last) const {
    std::string cores;
    for (size_t i = 0; i < end.cores.size() && i < begin.cores.size(); ++i) {
      cores += (cores.empty() ? "" : ",") + json(end.cores[i] - begin.cores[i]);
    }
    std::string threads;
    for (size_t i = 0; i < end.threads.size(); ++i) {
      threads += fmt::format("{}{:.4f}", i == 0 ? "" : ",", end.threads[i] - begin.threads[i]);
    }
    return fmt::format(
        R"({{"seconds":{:.4f},"made":{},"answers":{},"total_made":{},"right":{},"repeated":{},"wrong":{},)"
        R"("process":{},"sender":{},"cores":[{}],"threads":[{}]}})",
        std::chrono::duration<double>(end.when - begin.when).count(), end.made - begin.made,
        end.answers[kRight] - begin.answers[kRight], last.made, last.answers[kRight], last.answers[kRepeated],
        last.answers[kWrong], json(end.process - begin.process), json(end.sender - begin.sender), cores, threads);
  }

  const Options options_;
  flood_bpf* program_;
  std::atomic<bool> done_{false};
  std::string error_;
};

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);  // interrupts the one long system call
    portolan::bench::Flood flood(portolan::bench::parse({argv + 1, argv + argc}));
    fmt::print("{}\n", flood.run());
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    fmt::print(stderr, "syn_flood: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
