// SPDX-License-Identifier: Apache-2.0
#include "portolan/demo_sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace portolan::cli::sandbox {
namespace {

constexpr int kCannotExec = 127;

// Inodes of network namespaces that belong to the machine; empty until inside() has looked.
std::vector<ino_t>& machine_namespaces() {
  static std::vector<ino_t> inodes;
  return inodes;
}

int check(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(fmt::format("cannot {}: {}", what, std::strerror(errno)));
  return result;
}

ino_t network_namespace(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0 ? status.st_ino : 0;
}

void guard() {
  const auto& forbidden = machine_namespaces();
  const ino_t here = network_namespace("/proc/self/ns/net");
  if (forbidden.empty() || here == 0 || std::find(forbidden.begin(), forbidden.end(), here) != forbidden.end()) {
    throw std::runtime_error("refused: this is the machine's own network");
  }
}

void die_with_parent() { check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl"); }

void enter(pid_t pid) {
  const int fd = check(open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC), "open a namespace");
  check(setns(fd, CLONE_NEWNET), "enter a namespace");
  close(fd);
  guard();
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return kCannotExec;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Forks; the child runs `body`, says on stderr what it threw, and exits with its result.
pid_t fork_to(const std::function<int()>& body) {
  std::fflush(nullptr);
  const pid_t pid = check(fork(), "fork");
  if (pid != 0) return pid;
  int status = kCannotExec;
  try {
    die_with_parent();
    status = body();
  } catch (const std::exception& e) {
    fmt::print(stderr, "portolan demo: {}\n", e.what());
  }
  std::fflush(nullptr);
  _exit(status);
}

void be_first_process() {
  guard();
  // Process 1 gets no signal that it does not handle, not even ctrl-c.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, [](int n) { _exit(128 + n); });
  check(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  check(mount("proc", "/proc", "proc", 0, nullptr), "mount /proc");
  check(mount("demo", "/run", "tmpfs", 0, nullptr), "mount /run");
}

void execute(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  const char* cure = errno == ENOENT ? " (apt-get install iproute2 nftables)" : "";
  throw std::runtime_error(fmt::format("cannot run {}: {}{}", command[0], std::strerror(errno), cure));
}

}  // namespace

int inside(const std::function<int()>& body) {
  machine_namespaces() = {network_namespace("/proc/self/ns/net"), network_namespace("/proc/1/ns/net")};
  check(unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID), "make private namespaces");
  const pid_t child = fork_to([&] {
    be_first_process();
    return body();
  });
  signal(SIGINT, SIG_IGN);  // the terminal gives ctrl-c to the child as well; we go when it has gone
  return wait_for(child);
}

pid_t spawn(const std::function<void()>& birth, const std::function<void()>& life) {
  std::array<int, 2> ready{};
  check(pipe2(ready.data(), O_CLOEXEC), "make a pipe");
  const pid_t pid = fork_to([&] {
    check(unshare(CLONE_NEWNET), "make a network namespace");
    guard();
    birth();
    check(static_cast<int>(write(ready[1], "1", 1)), "report");
    life();
    return 0;
  });
  close(ready[1]);
  char byte = 0;
  const ssize_t got = read(ready[0], &byte, 1);
  close(ready[0]);
  if (got != 1) throw std::runtime_error("a host of the small network did not start");
  return pid;
}

int run_in(pid_t pid, const std::vector<std::string>& command, const std::string& input) {
  std::array<int, 2> feed{};
  check(pipe2(feed.data(), O_CLOEXEC), "make a pipe");
  const pid_t child = fork_to([&]() -> int {
    enter(pid);
    check(dup2(feed[0], STDIN_FILENO), "pass the input");
    execute(command);
    return kCannotExec;
  });
  close(feed[0]);
  // A pipe holds 64 KiB, more than any input of ours, so this cannot block.
  const ssize_t written = write(feed[1], input.data(), input.size());
  close(feed[1]);
  const int status = wait_for(child);
  return written == static_cast<ssize_t>(input.size()) ? status : kCannotExec;
}

void must_run_in(pid_t pid, const std::vector<std::string>& command, const std::string& input) {
  if (run_in(pid, command, input) == 0) return;
  throw std::runtime_error(fmt::format("`{}` failed", command[0]));
}

void set_sysctl(pid_t pid, const std::string& name, const std::string& value) {
  const pid_t child = fork_to([&] {
    enter(pid);
    std::ofstream file("/proc/sys/net/" + name);
    file << value << std::flush;
    return file ? 0 : 1;
  });
  if (wait_for(child) != 0) throw std::runtime_error(fmt::format("cannot set net/{}", name));
}

}  // namespace portolan::cli::sandbox
