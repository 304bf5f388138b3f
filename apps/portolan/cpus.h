// SPDX-License-Identifier: Apache-2.0
// --cpus: which CPUs the lanes of a scan run on. One lane on each, and it stays there.
//
// A list is checked while options are read: each CPU once, there, and allowed to us (taskset, control groups). What is
// merely slow, a CPU that is far from the network card's memory (NUMA), is a warning. Any thread.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "portolan/sourced.h"

namespace portolan::cli {

struct CpuSets {
  std::vector<int> online;   // ascending
  std::vector<int> allowed;  // to this process, ascending
};
CpuSets read_cpu_sets();

// "0-3,8" in the order given. Throws Refusal.
std::vector<int> parse_cpus(const Sourced& list, const CpuSets& sets);

// "0-3,8" again.
std::string cpus_text(const std::vector<int>& cpus);

// One sentence for each interface whose card is on another NUMA node than some of the CPUs. What `sysfs` does not tell
// is no reason to warn.
std::vector<std::string> numa_warnings(const std::vector<int>& cpus, const std::vector<std::string>& interfaces,
                                       const std::string& sysfs = "/sys");

// f() on a thread that stays on the CPU, if it may, and waits for it.
template <class F>
void run_on_cpu(int cpu, F&& f);

// The calling thread stays on this CPU from now on; false: it may not.
bool stay_on_cpu(int cpu);

template <class F>
void run_on_cpu(int cpu, F&& f) {
  std::thread([&] {
    stay_on_cpu(cpu);
    f();
  }).join();
}

}  // namespace portolan::cli
