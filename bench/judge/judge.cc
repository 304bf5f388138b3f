// SPDX-License-Identifier: Apache-2.0
// bench_judge: the far side of bench/compare. Counts the probes that reach an interface, and answers some of them.
//
//   bench_judge INTERFACE [--answer-every N] [--lose N] [--histogram] [--pass] [--generic]
//               [--limit SECONDS]
//
// A service is open if the hash of its address and port (judge.bpf.c) is divisible by the N of --answer-every: 1 is
// everybody. --lose: of 65536 probes and of 65536 answers of open services. --histogram: counts by millisecond, too.
// --pass: lets everything pass and counts nothing, which is for the near end: a veth takes a driver's answers only if
// there is a program. Takes commands on standard input, a line each: `look` prints what was counted as a line of JSON,
// `reset` forgets it (and prints that it has), `end` or the end of the input ends it. Ends by itself after the limit
// (600 s), and with its parent; the kernel's program is held by a link and goes with it. Not for the machine's own
// interfaces: bench/compare runs it in a network namespace of its own.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "judge_shared.h"

// The generated header is C and names the plan.
#include <bpf/bench/judge.skel.h>

namespace portolan::bench {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

struct Options {
  std::string interface;
  JudgePlan plan{};
  bool pass = false, generic = false;
  unsigned limit = 600;
};

uint32_t number_of(const std::string& word) { return static_cast<uint32_t>(std::stoul(word)); }

Options parse(std::span<char*> words) {
  if (words.empty()) throw std::runtime_error("bench_judge INTERFACE [options]");
  Options o;
  o.interface = words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--histogram") {
      o.plan.histogram = 1;
      continue;
    }
    if (word == "--pass" || word == "--generic") {
      (word == "--pass" ? o.pass : o.generic) = true;
      continue;
    }
    if (++i == words.size()) throw std::runtime_error(word + " needs a value");
    if (word == "--answer-every") {
      o.plan.answer_every = number_of(words[i]);
    } else if (word == "--lose") {
      o.plan.lose = number_of(words[i]);
    } else if (word == "--limit") {
      o.limit = number_of(words[i]);
    } else {
      throw std::runtime_error("unknown option " + word);
    }
  }
  return o;
}

uint64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

class Judge {
 public:
  explicit Judge(const Options& options) : program_(judge_bpf__open()) {
    if (program_ == nullptr) fail("open the kernel program");
    std::memcpy(const_cast<JudgePlan*>(&program_->rodata->plan), &options.plan, sizeof options.plan);
    if (judge_bpf__load(program_) != 0) fail("load the kernel program");
    map_arrivals();
    const int index = static_cast<int>(if_nametoindex(options.interface.c_str()));
    if (index == 0) fail(options.interface);
    bpf_link_create_opts how{};
    how.sz = sizeof how;
    how.flags = options.generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
    const auto* chosen = options.pass ? program_->progs.pass : program_->progs.judge;
    if (bpf_link_create(bpf_program__fd(chosen), index, BPF_XDP, &how) < 0) fail("attach to " + options.interface);
  }
  ~Judge() { judge_bpf__destroy(program_); }
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  void reset() {
    const uint32_t only = 0;
    std::vector<JudgeTally> zero(processors_);
    bpf_map__update_elem(program_->maps.tallies, &only, sizeof only, zero.data(), zero.size() * sizeof(JudgeTally), 0);
    std::fill(arrivals_.begin(), arrivals_.end(), 0);
    __atomic_store_n(&program_->bss->first_ns, 0, __ATOMIC_SEQ_CST);
  }

  std::string look() const {
    const JudgeTally t = sum();
    const uint64_t first = __atomic_load_n(&program_->bss->first_ns, __ATOMIC_RELAXED);
    return fmt::format(
        R"({{"now_ns":{},"probes":{},"resets":{},"other":{},"lost":{},"answers":{},"first_ns":{},"last_ns":{},)"
        R"("busiest_ms":{}}})",
        now(), t.probes, t.resets, t.other, t.lost, t.answers, first, t.last_ns,
        *std::max_element(arrivals_.begin(), arrivals_.end()));
  }

 private:
  void map_arrivals() {
    void* at = mmap(nullptr, kMilliseconds * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                    bpf_map__fd(program_->maps.arrivals), 0);
    if (at == MAP_FAILED) fail("map the histogram");
    arrivals_ = {static_cast<uint32_t*>(at), kMilliseconds};
  }

  JudgeTally sum() const {
    const uint32_t only = 0;
    std::vector<JudgeTally> each(processors_);
    if (bpf_map__lookup_elem(program_->maps.tallies, &only, sizeof only, each.data(), each.size() * sizeof(JudgeTally),
                             0) != 0) {
      fail("read the counts");
    }
    JudgeTally all{};
    for (const JudgeTally& t : each) {
      all.probes += t.probes, all.resets += t.resets, all.other += t.other;
      all.lost += t.lost, all.answers += t.answers;
      all.last_ns = std::max(all.last_ns, t.last_ns);
    }
    return all;
  }

  judge_bpf* program_;
  const size_t processors_ = static_cast<size_t>(libbpf_num_possible_cpus());
  std::span<uint32_t> arrivals_;
};

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void serve(Judge& judge) {
  std::array<char, 64> line{};
  while (std::fgets(line.data(), line.size(), stdin) != nullptr) {
    const std::string word(line.data(), std::strcspn(line.data(), "\n"));
    if (word == "end") return;
    if (word == "look") {
      say(judge.look());
    } else if (word == "reset") {
      judge.reset();
      say("reset");
    } else {
      throw std::runtime_error("unknown command " + word);
    }
  }
}

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto options = portolan::bench::parse({argv + 1, argv + argc});
    alarm(options.limit);
    portolan::bench::Judge judge(options);
    portolan::bench::say("ready");
    portolan::bench::serve(judge);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_judge: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
