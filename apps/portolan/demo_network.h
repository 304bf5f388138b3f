// SPDX-License-Identifier: Apache-2.0
// DemoNetwork: a small network of real Linux hosts, each a network namespace with a kernel stack of its own.
//
// The hosts' ports are opened by this program itself, no server is installed or started. What is open is then asked of
// each host's kernel, not remembered. Comes up in the constructor, which throws std::runtime_error; goes away with the
// sandbox. REQUIRES: inside sandbox::inside(). One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "portolan/demo_host.h"

namespace portolan::cli {

// Address as text, protocol ("tcp", "udp"), port.
using OpenPort = std::tuple<std::string, std::string, uint16_t>;

std::string v4_address(int subnet, int number);
std::string v6_address(int subnet, int number);

class DemoNetwork {
 public:
  static constexpr int kRouter = 1, kScanner = 2;  // numbers on their subnets

  DemoNetwork();

  static const std::vector<HostPlan>& hosts();  // those to be found
  static std::vector<std::string> target_ranges();

  // What every host's kernel listens on and its firewall lets through, now.
  std::set<OpenPort> truth() const;
  pid_t scanner() const { return scanner_; }

 private:
  void make_switches();
  void plug(pid_t host, int subnet, const std::string& interface);
  void configure(pid_t host, int subnet, int number);
  void add_router();

  pid_t here_ = 0;  // this process; the switches are in its namespace
  pid_t scanner_ = 0;
  std::vector<pid_t> pids_;  // in the order of hosts()
  int plugged_ = 0;
};

}  // namespace portolan::cli
