// SPDX-License-Identifier: Apache-2.0
#include "portolan/cpus.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "options/value.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

constexpr int kMostCpus = 8192;  // of the kernel, as of today

bool holds(const std::vector<int>& sorted, int cpu) { return std::binary_search(sorted.begin(), sorted.end(), cpu); }

// "3" or "0-3"; nullopt when it is neither.
std::optional<std::pair<int, int>> parse_range(std::string_view item) {
  const size_t hyphen = item.find('-');
  const auto first = options::parse_number(item.substr(0, hyphen));
  const auto last = hyphen == std::string_view::npos ? first : options::parse_number(item.substr(hyphen + 1));
  if (!first || !last || *first >= kMostCpus || *last >= kMostCpus) return std::nullopt;
  return std::pair(static_cast<int>(*first), static_cast<int>(*last));
}

std::vector<int> read_list(std::string_view text) {
  std::vector<int> cpus;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (const auto range = parse_range(text.substr(0, comma))) {
      for (int cpu = range->first; cpu <= range->second; ++cpu) cpus.push_back(cpu);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return cpus;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::vector<int> allowed_cpus() {
  const size_t bytes = CPU_ALLOC_SIZE(kMostCpus);
  cpu_set_t* set = CPU_ALLOC(kMostCpus);
  std::vector<int> cpus;
  CPU_ZERO_S(bytes, set);
  if (sched_getaffinity(0, bytes, set) == 0) {
    for (int cpu = 0; cpu < kMostCpus; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), bytes, set)) cpus.push_back(cpu);
    }
  }
  CPU_FREE(set);
  return cpus;
}

std::optional<int> node_of_device(const std::string& sysfs, const std::string& interface) {
  // -1 where the machine has but one, or the device none.
  const auto node = options::parse_number(first_line(sysfs + "/class/net/" + interface + "/device/numa_node"));
  return node ? std::optional(static_cast<int>(*node)) : std::nullopt;
}

bool is_on_node(const std::string& sysfs, int cpu, int node) {
  return holds(read_list(first_line(fmt::format("{}/devices/system/node/node{}/cpulist", sysfs, node))), cpu);
}

void check_cpu(int cpu, const std::vector<int>& before, const CpuSets& sets, const std::string& where) {
  if (!holds(sets.online, cpu)) {
    refuse(fmt::format("there is no CPU {}: this machine has {}", cpu, cpus_text(sets.online)), where,
           fmt::format("name some of {}", cpus_text(sets.allowed)));
  }
  if (!holds(sets.allowed, cpu)) {
    refuse(fmt::format("CPU {} is not allowed to this process", cpu), where,
           fmt::format("name some of {}, or have it allowed (taskset, the control group's cpuset)",
                       cpus_text(sets.allowed)));
  }
  if (std::find(before.begin(), before.end(), cpu) != before.end()) {
    refuse(fmt::format("CPU {} is named twice", cpu), where,
           "name each once: two lanes on one CPU are slower than one");
  }
}

}  // namespace

CpuSets read_cpu_sets() {
  CpuSets sets{read_list(first_line("/sys/devices/system/cpu/online")), allowed_cpus()};
  if (sets.online.empty()) sets.online = sets.allowed;
  return sets;
}

std::vector<int> parse_cpus(const Sourced& list, const CpuSets& sets) {
  const std::string where = list.where.to_string();
  std::vector<int> cpus;
  for (std::string_view rest = list.text;;) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    const auto range = parse_range(item);
    if (!range) refuse(fmt::format("'{}' is not a CPU", item), where, "write numbers and ranges, as 0-3,8");
    if (range->second < range->first) {
      refuse(fmt::format("the CPUs {} are the wrong way round", item), where,
             fmt::format("write {}-{}", range->second, range->first));
    }
    for (int cpu = range->first; cpu <= range->second; ++cpu) {
      check_cpu(cpu, cpus, sets, where);
      cpus.push_back(cpu);
    }
    if (comma == rest.size()) return cpus;
    rest.remove_prefix(comma + 1);
  }
}

std::string cpus_text(const std::vector<int>& cpus) {
  std::string text;
  for (size_t i = 0; i < cpus.size();) {
    size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", cpus[i]);
    if (last != i) text += fmt::format("-{}", cpus[last]);
    i = last + 1;
  }
  return text;
}

std::vector<std::string> numa_warnings(const std::vector<int>& cpus, const std::vector<std::string>& interfaces,
                                       const std::string& sysfs) {
  std::vector<std::string> warnings;
  for (const std::string& interface : interfaces) {
    const auto node = node_of_device(sysfs, interface);
    if (!node) continue;
    std::vector<int> far;
    std::copy_if(cpus.begin(), cpus.end(), std::back_inserter(far),
                 [&](int cpu) { return !is_on_node(sysfs, cpu, *node); });
    if (far.empty()) continue;
    warnings.push_back(fmt::format("{} is on NUMA node {}, and of --cpus {} {} not: CPUs of that node are faster",
                                   interface, *node, cpus_text(far), far.size() == 1 ? "is" : "are"));
  }
  return warnings;
}

bool stay_on_cpu(int cpu) {
  const size_t bytes = CPU_ALLOC_SIZE(kMostCpus);
  cpu_set_t* set = CPU_ALLOC(kMostCpus);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(static_cast<size_t>(cpu), bytes, set);
  const bool stays = sched_setaffinity(0, bytes, set) == 0;
  CPU_FREE(set);
  return stays;
}

}  // namespace portolan::cli
