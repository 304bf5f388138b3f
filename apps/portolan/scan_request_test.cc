// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_request.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "portolan/cpus.h"
#include "portolan/errors.h"
#include "portolan/list_targets.h"
#include "portolan/scan_options.h"

namespace portolan::cli::scan_request_test {
namespace {

using addr::Protocol;
using testing::HasSubstr;

// A file with a text in it, gone with its scope.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    close(mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  ~TextFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }
  std::string text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_ = testing::TempDir() + "portolan.XXXXXX";
};

ScanRequest request_of(const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  const auto settings = options::parse(scan_table(), views);
  if (!settings) throw Refusal(settings.error());
  return make_scan_request(*settings);
}

std::vector<std::string> targets_of(const ScanRequest& request) {
  const TextFile file("");
  const int fd = open(file.path().c_str(), O_WRONLY | O_TRUNC);
  EXPECT_TRUE(list_targets(request.plan, fd));
  close(fd);
  std::vector<std::string> lines;
  std::ifstream in(file.path());
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::set<std::string> set_of(const std::vector<std::string>& words) {
  const auto lines = targets_of(request_of(words));
  std::set<std::string> set(lines.begin(), lines.end());
  EXPECT_EQ(set.size(), lines.size());
  return set;
}

using Set = std::set<std::string>;

TEST(ScanRequest, Defaults) {
  const ScanRequest r = request_of({"10.0.0.1", "-p80"});
  EXPECT_EQ(r.plan.rate, pace::Rate());
  EXPECT_EQ(r.plan.rate.per_second(), 100);
  EXPECT_EQ(r.plan.shard, permute::Shard{});
  EXPECT_EQ(r.plan.retries, 0u);
  EXPECT_EQ(r.plan.wait, 10 * base::kSecond);
  EXPECT_TRUE(r.kernel_guard);
  EXPECT_TRUE(r.plan.reset);
  EXPECT_TRUE(r.warnings.empty());
  EXPECT_FALSE(r.source_ports);
}

TEST(ScanRequest, SeedsAndKeysAreDrawn) {
  const ScanRequest a = request_of({"10.0.0.1", "-p80"});
  const ScanRequest b = request_of({"10.0.0.1", "-p80"});
  EXPECT_NE(a.plan.seed, b.plan.seed);
  EXPECT_FALSE(a.plan.key == b.plan.key);
  // A seed that is given is published: the key must not follow from it.
  EXPECT_FALSE(request_of({"10.0.0.1", "-p80", "--seed", "1"}).plan.key ==
               request_of({"10.0.0.1", "-p80", "--seed", "1"}).plan.key);
}

TEST(ScanRequest, TheScanTypeIsThatOfPortsWithoutALetter) {
  EXPECT_EQ(set_of({"10.0.0.1", "-p", "53"}), (Set{"10.0.0.1:53"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-p", "53", "-sU"}), (Set{"10.0.0.1:53/udp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-sU", "-p", "53", "-sS"}), (Set{"10.0.0.1:53", "10.0.0.1:53/udp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-sU", "-p", "T:80,U:53"}), (Set{"10.0.0.1:80", "10.0.0.1:53/udp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-sZ", "-p", "9", "--tcp-ports", "80"}), (Set{"10.0.0.1:80", "10.0.0.1:9/sctp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-sO", "-p", "gre"}), (Set{"10.0.0.1:47/ip"}));
}

TEST(ScanRequest, TopPorts) {
  EXPECT_EQ(set_of({"10.0.0.1", "--top-ports", "3"}), (Set{"10.0.0.1:80", "10.0.0.1:23", "10.0.0.1:443"}));
  EXPECT_EQ(set_of({"10.0.0.1", "--top-ports", "1", "-sU"}), (Set{"10.0.0.1:631/udp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "--top-ports", "1", "-sU", "-sS"}), (Set{"10.0.0.1:80", "10.0.0.1:631/udp"}));
  EXPECT_EQ(set_of({"10.0.0.1", "--top-ports"}).size(), 20u);
  EXPECT_EQ(set_of({"10.0.0.1", "--top-ports=1000"}).size(), 1000u);
}

TEST(ScanRequest, ExcludedPortsWithoutALetterAreOfAllProtocolsWithPorts) {
  EXPECT_EQ(set_of({"10.0.0.1", "-p", "T:80-81,U:80-81,O:80", "--exclude-ports", "80"}),
            (Set{"10.0.0.1:81", "10.0.0.1:81/udp", "10.0.0.1:80/ip"}));
  EXPECT_EQ(set_of({"10.0.0.1", "-p", "T:80,U:80", "--exclude-ports", "U:80"}), (Set{"10.0.0.1:80"}));
}

TEST(ScanRequest, HostsWithoutPorts) {
  EXPECT_EQ(set_of({"10.0.0.0/31", "--ping"}), (Set{"10.0.0.0", "10.0.0.1"}));
  EXPECT_EQ(set_of({"10.0.0.1", "fd00::1", "--arp"}), (Set{"10.0.0.1", "fd00::1"}));
}

TEST(ScanRequest, PairsNeedNoPorts) {
  EXPECT_EQ(set_of({"10.0.0.1:80", "[fd00::1]:53/udp"}), (Set{"10.0.0.1:80", "[fd00::1]:53/udp"}));
  EXPECT_THAT(request_of({"10.0.0.1:80", "-p", "22"}).warnings, testing::ElementsAre(HasSubstr("names its own")));
}

TEST(ScanRequest, FilesAndWordsAddUpAndExclusionsWin) {
  const TextFile targets("# ours\n10.0.0.0/30, 10.0.1.1:443\n\tfd00::1\r\n");
  const TextFile never("10.0.0.1 ; the printer\n10.0.1.1\n");
  EXPECT_EQ(set_of({"-iL", targets.path(), "10.0.0.9", "-p80", "--excludefile", never.path(), "--exclude", "fd00::/8"}),
            (Set{"10.0.0.0:80", "10.0.0.2:80", "10.0.0.3:80", "10.0.0.9:80"}));
}

TEST(ScanRequest, ResolvedNamesAreKept) {
  const ScanRequest r = request_of({"localhost,localhost:22", "-p80"});
  ASSERT_EQ(r.resolved.size(), 1u);  // asked once
  EXPECT_EQ(r.resolved[0].name, "localhost");
  EXPECT_EQ(r.plan.targets.size(), 2 * r.resolved[0].addresses.size());
}

TEST(ScanRequest, SpecialRangesAreLeftOutByName) {
  const ScanRequest r = request_of({"198.51.0.0/16", "-p80"});
  EXPECT_THAT(r.warnings, testing::ElementsAre(HasSubstr("198.51.100.0/24")));
  EXPECT_EQ(r.plan.targets.size(), 65536u - 256u);
  EXPECT_EQ(request_of({"198.51.0.0/16", "-p80", "--include-reserved"}).plan.targets.size(), 65536u);
  EXPECT_TRUE(request_of({"198.51.100.0/24", "-p80"}).warnings.empty());
}

TEST(ScanRequest, ManyAddressesNeedAThoughtOfExclusions) {
  EXPECT_THROW(request_of({"11.0.0.0-12.0.0.0", "-p80"}), Refusal);
  EXPECT_NO_THROW(request_of({"11.0.0.0/8", "-p80"}));
  EXPECT_NO_THROW(request_of({"11.0.0.0-12.0.0.0", "-p80", "--no-exclude-file"}));
  EXPECT_NO_THROW(request_of({"11.0.0.0-12.0.0.0", "-p80", "--exclude", "1.1.1.1"}));
}

TEST(ScanRequest, OutputsAreCheckedAndKeptWhole) {
  const TextFile old("earlier results\n");
  const ScanRequest r = request_of({"10.0.0.1", "-p80", "-oL", old.path(), "-oD", "-"});
  ASSERT_EQ(r.outputs.size(), 2u);
  EXPECT_EQ(r.outputs[0].path, old.path());
  EXPECT_EQ(r.outputs[1].format, output::Format::kNdjson);
  EXPECT_EQ(old.text(), "earlier results\n");  // checking must not cost the user a file
}

TEST(ScanRequest, SourcePorts) {
  const auto ports = request_of({"10.0.0.1", "-p80", "--source-port", "4000-4002"}).source_ports;
  ASSERT_TRUE(ports);
  EXPECT_EQ(ports->size(), 3u);
  EXPECT_EQ(request_of({"10.0.0.1", "-p80", "-g", "53"}).source_ports->size(), 1u);
  EXPECT_EQ(request_of({"10.0.0.1", "-p80", "-g", "53,4000-4002,50"}).source_ports->to_string(), "50,53,4000-4002");
}

TEST(ScanRequest, SourceAddressesOfBothFamilies) {
  const auto egress = request_of({"10.0.0.1", "-p80", "-S", "10.0.0.9", "--source-ip", "fd00::9"}).plan.egress;
  EXPECT_EQ(egress.sources_v4.to_string(), "10.0.0.9");
  EXPECT_EQ(egress.sources_v6.to_string(), "fd00::9");
}

TEST(ScanRequest, SourceAddressesAddUp) {
  const auto egress =
      request_of({"10.0.0.1", "-p80", "-S", "10.0.0.16/28,10.0.0.9", "-S", "10.0.0.40-10.0.0.43,fd00::/64"})
          .plan.egress;
  EXPECT_EQ(egress.sources_v4.to_string(), "10.0.0.9,10.0.0.16-10.0.0.31,10.0.0.40-10.0.0.43");
  EXPECT_EQ(egress.sources_v6.size(), base::u128{1} << 64);
}

TEST(ScanRequest, SeveralAdapters) {
  const auto plan =
      request_of({"10.0.0.1", "-p80", "-e", "eth0", "--adapter[1]=eth1", "--source-ip[1]", "10.1.0.4/30",
                  "--router-ip[1]", "10.1.0.1", "--adapter-vlan[1]", "7", "--router-mac[0]", "00:11:22:33:44:55"})
          .plan;
  EXPECT_EQ(plan.egress.interface, "eth0");
  EXPECT_TRUE(plan.egress.router_mac_v6 && plan.egress.sources_v4.empty() && !plan.egress.vlan);
  ASSERT_EQ(plan.further_adapters.size(), 1u);
  const auto& other = plan.further_adapters[0];
  EXPECT_EQ(other.interface, "eth1");
  EXPECT_EQ(other.sources_v4.size(), 4u);
  EXPECT_EQ(other.router_v4, addr::IpAddress::v4(0x0a010001));
  EXPECT_EQ(other.vlan, 7);
  EXPECT_FALSE(other.router_mac_v4);
}

RC_GTEST_PROP(ScanRequest, ShardsPartitionTheScanInItsOrder, ()) {
  const auto shards = *rc::gen::inRange(1, 9);
  const std::vector<std::string> scan{"10.0.0.0/26", "-p", "1-3,U:9", "--seed",
                                      std::to_string(*rc::gen::arbitrary<uint32_t>())};
  const auto whole = targets_of(request_of(scan));
  std::vector<std::string> woven(whole.size());
  for (int x = 1; x <= shards; ++x) {
    auto words = scan;
    words.insert(words.end(), {"--shard", fmt::format("{}/{}", x, shards), "--rate", fmt::format("{}k", x)});
    const auto part = targets_of(request_of(words));
    for (size_t k = 0; k < part.size(); ++k) {
      const size_t i = static_cast<size_t>(x - 1) + k * static_cast<size_t>(shards);
      RC_ASSERT(i < woven.size());
      RC_ASSERT(woven[i].empty());
      woven[i] = part[k];
    }
  }
  RC_ASSERT(woven == whole);
}

// --- --cpus ---

const CpuSets kCpus{{0, 1, 2, 3, 5}, {0, 1, 2, 5}};

std::string refusal_of(const std::string& list) {
  try {
    parse_cpus({list, {}}, kCpus);
    return "";
  } catch (const Refusal& r) {
    EXPECT_NE(r.error().cure, "") << list;
    return r.error().what;
  }
}

TEST(Cpus, AreReadInTheOrderGiven) {
  EXPECT_EQ(parse_cpus({"0-2,5", {}}, kCpus), (std::vector<int>{0, 1, 2, 5}));
  EXPECT_EQ(parse_cpus({"5,0-1", {}}, kCpus), (std::vector<int>{5, 0, 1}));
  EXPECT_EQ(cpus_text({0, 1, 2, 5}), "0-2,5");
  EXPECT_EQ(cpus_text({5, 0, 1}), "5,0-1");
}

TEST(Cpus, ThatAreNotThereNotAllowedOrNamedTwiceAreRefused) {
  EXPECT_THAT(refusal_of("4"), HasSubstr("no CPU 4: this machine has 0-3,5"));
  EXPECT_THAT(refusal_of("0-3"), HasSubstr("CPU 3 is not allowed"));
  EXPECT_THAT(refusal_of("0-2,1"), HasSubstr("CPU 1 is named twice"));
  EXPECT_THAT(refusal_of("2-0"), HasSubstr("wrong way round"));
  for (const char* bad : {"", ",", "0,", "a", "0-", "-1", "0--1", "0 1", "99999999999"}) {
    EXPECT_THAT(refusal_of(bad), HasSubstr("is not a CPU")) << bad;
  }
}

TEST(Cpus, OfThisMachineAreTaken) {
  const CpuSets sets = read_cpu_sets();
  ASSERT_FALSE(sets.allowed.empty());
  const std::string first = std::to_string(sets.allowed.front());
  const ScanRequest request = request_of({"192.0.2.1", "-p80", "--cpus", first});
  EXPECT_EQ(request.cpus, std::vector<int>{sets.allowed.front()});
  EXPECT_TRUE(request_of({"192.0.2.1", "-p80"}).cpus.empty());
  std::thread([&] {
    EXPECT_TRUE(stay_on_cpu(sets.allowed.front()));
    EXPECT_EQ(sched_getcpu(), sets.allowed.front());
  }).join();
}

TEST(Cpus, FarFromACardAreWarnedOf) {
  const std::string root = testing::TempDir() + "portolan-sysfs-" + std::to_string(getpid());
  const auto write = [&](const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text << "\n";
  };
  write("/class/net/near0/device/numa_node", "0");
  write("/class/net/far0/device/numa_node", "1");
  write("/class/net/flat0/device/numa_node", "-1");
  write("/devices/system/node/node0/cpulist", "0-1");
  write("/devices/system/node/node1/cpulist", "2-3");
  EXPECT_THAT(numa_warnings({0, 1}, {"near0", "flat0", "veth0"}, root), testing::IsEmpty());
  EXPECT_THAT(numa_warnings({0, 2}, {"near0", "far0"}, root),
              testing::ElementsAre(HasSubstr("near0 is on NUMA node 0, and of --cpus 2 is not"),
                                   HasSubstr("far0 is on NUMA node 1, and of --cpus 0 is not")));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace portolan::cli::scan_request_test
