// SPDX-License-Identifier: Apache-2.0
// PrivateNetwork: a fresh network namespace for one test, so that nothing it sends can reach the machine's own links.
//
// For tests only. The calling thread is inside from construction to destruction (Linux namespaces belong to threads;
// sockets it opens and children it starts stay inside), and the namespace vanishes with its last user. Nothing in it
// but a loopback interface, which is brought up. Needs root: ask why_not() first and skip the test with that reason.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace portolan::base::testing {

class PrivateNetwork {
 public:
  // Empty when this process may make namespaces, else the reason to print.
  static std::string why_not() {
    return geteuid() == 0 ? "" : "needs root to make a network namespace; run it with sudo";
  }

  PrivateNetwork() : home_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    if (home_ < 0 || unshare(CLONE_NEWNET) != 0) throw std::runtime_error("cannot make a network namespace");
    run("ip link set lo up");
  }
  ~PrivateNetwork() {
    if (setns(home_, CLONE_NEWNET) != 0) std::abort();  // a later test must not run in a namespace it did not ask for
    close(home_);
  }
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  // Runs a program inside, words split at spaces; throws when it fails.
  void run(const std::string& command) const {
    std::istringstream in(command);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    if (posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
      throw std::runtime_error("failed: " + command);
    }
  }

  // Two joined Ethernet links, both ends inside, without addresses or neighbour traffic of the kernel's own.
  void add_veth(const std::string& one, const std::string& other) const {
    run("ip link add " + one + " type veth peer name " + other);
    for (const std::string& end : {one, other}) {
      run("ip link set dev " + end + " addrgenmode none arp on up");
    }
  }

 private:
  int home_;
};

}  // namespace portolan::base::testing
