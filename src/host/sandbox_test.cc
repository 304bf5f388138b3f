// SPDX-License-Identifier: Apache-2.0
// The sandbox, each time in a child: what is forbidden ends it or fails, what is allowed goes on.
// Fit for sanitized builds: a child calls the system itself and ends by _exit, so that no sanitizer's own calls count.
#include "host/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace portolan::host::sandbox_test {
namespace {

constexpr int kRefused = 100;  // exit codes of children
constexpr int kNoSandbox = 101;

// How a child ended that entered the sandbox and then did something; its exit code is what that returned.
struct End {
  bool killed = false;  // by SIGSYS
  int code = -1;
};
End in_sandbox(const SandboxPlan& plan, const std::function<int()>& deed) {
  const pid_t child = fork();
  if (child == 0) {
    const auto entered = enter_sandbox(plan);
    if (!entered) fprintf(stderr, "%s\n", entered.error().c_str());
    _exit(entered ? deed() : kNoSandbox);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
          .code = WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}
int code_of(long result) { return result >= 0 ? 0 : errno == EPERM ? kRefused : errno; }

// Without root there is nobody to become; the rest is the same.
SandboxPlan plain() {
  SandboxPlan plan;
  if (geteuid() != 0) plan.user.clear();
  return plan;
}

struct Deed {
  const char* name;
  std::function<long()> call;
};
long open_file(const char* path, int flags) { return syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }
long map_file(int protection) {
  return syscall(SYS_mmap, nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
const std::vector<Deed> kForbidden = {
    {"open to read", [] { return open_file("/etc/shadow", O_RDONLY); }},
    {"open to write", [] { return open_file("/dev/null", O_WRONLY); }},
    {"a socket", [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"a packet socket", [] { return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0); }},
    {"a netlink socket", [] { return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0); }},
    {"connect", [] { return syscall(SYS_connect, -1, nullptr, 0); }},
    {"bind", [] { return syscall(SYS_bind, -1, nullptr, 0); }},
    {"listen", [] { return syscall(SYS_listen, -1, 1); }},
    {"accept", [] { return syscall(SYS_accept4, -1, nullptr, nullptr, 0); }},
    {"execve", [] { return syscall(SYS_execve, "/bin/true", nullptr, nullptr); }},
    {"execveat", [] { return syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0); }},
    {"fork", [] { return syscall(SYS_fork); }},
    {"a process by clone", [] { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); }},
    {"ptrace", [] { return syscall(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"memory of others", [] { return syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
    {"kill", [] { return syscall(SYS_kill, getppid(), 0); }},
    {"a signal to another", [] { return syscall(SYS_tgkill, 1, 1, 0); }},
    {"executable memory", [] { return map_file(PROT_READ | PROT_EXEC); }},
    {"memory made executable", [] { return syscall(SYS_mprotect, nullptr, 4096, PROT_READ | PROT_EXEC); }},
    {"setuid", [] { return syscall(SYS_setuid, 0); }},
    {"to be traceable again", [] { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    {"chroot", [] { return syscall(SYS_chroot, "/"); }},
    {"mount", [] { return syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }},
    {"another namespace", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
    {"unlink", [] { return syscall(SYS_unlinkat, AT_FDCWD, "/nowhere", 0); }},
    {"rename", [] { return syscall(SYS_renameat2, AT_FDCWD, "/nowhere", AT_FDCWD, "/nowhere", 0); }},
    {"stat of a path", [] { return syscall(SYS_newfstatat, AT_FDCWD, "/", nullptr, 0); }},
    {"bpf", [] { return syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0); }},
    {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"keys", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
    {"to type into the terminal", [] { return syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, nullptr); }},
    {"a limit", [] { return syscall(SYS_prlimit64, 0, 0, "12345678", nullptr); }},
    {"a number of no call", [] { return syscall(4000); }},
};

TEST(Sandbox, EndsAProcessThatDoesWhatItHasNoUseFor) {
  for (const Deed& d : kForbidden) {
    EXPECT_TRUE(in_sandbox(plain(), [&] { return code_of(d.call()); }).killed) << d.name;
  }
}

TEST(Sandbox, OrRefusesIt) {
  SandboxPlan plan = plain();
  plan.kill = false;
  for (const Deed& d : kForbidden) {
    EXPECT_EQ(in_sandbox(plan, [&] { return code_of(d.call()); }).code, kRefused) << d.name;
  }
}

TEST(Sandbox, LetsWorkGoOn) {
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const End end = in_sandbox(plain(), [&] {
    char word[8] = {};
    pollfd p = {.fd = pipes[0], .events = POLLIN, .revents = 0};
    struct stat about {};
    if (write(pipes[1], "word", 4) != 4 || poll(&p, 1, 0) != 1 || read(pipes[0], word, 8) != 4) return 1;
    if (syscall(SYS_getrandom, word, sizeof word, 0) != sizeof word) return 2;
    if (map_file(PROT_READ | PROT_WRITE) < 0) return 3;
    if (fstat(pipes[0], &about) != 0) return 4;
    timespec instant = {.tv_sec = 0, .tv_nsec = 1};
    if (nanosleep(&instant, nullptr) != 0 || clock_gettime(CLOCK_MONOTONIC, &instant) != 0) return 5;
    // Not std::thread: its destructor has UBSan probe memory by a pipe.
    pthread_t thread{};
    void* said = nullptr;
    if (pthread_create(
            &thread, nullptr, [](void* mine) { return mine; }, &instant) != 0)
      return 6;
    return pthread_join(thread, &said) == 0 && said == &instant ? 0 : 7;
  });
  EXPECT_EQ(end.code, 0);
  close(pipes[0]);
  close(pipes[1]);
}

// glibc reads a file before it shrinks the heap of a thread: whoever made us free much would end us.
TEST(Sandbox, FreesMemoryInEveryThread) {
  const End end = in_sandbox(plain(), [] {
    const auto use_much = [](void*) -> void* {
      std::array<void*, 512> blocks{};
      for (void*& block : blocks) block = malloc(100'000);
      for (size_t i = blocks.size(); i-- > 0;) free(blocks[i]);
      return nullptr;
    };
    pthread_t thread{};
    if (pthread_create(&thread, nullptr, use_much, nullptr) != 0) return 1;
    return pthread_join(thread, nullptr) == 0 ? 0 : 2;
  });
  EXPECT_EQ(end.code, 0);
}

TEST(Sandbox, HoldsForThreadsThatWereThereBefore) {
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    pthread_t early{};
    const auto wait_and_open = [](void* from) -> void* {
      char word = 0;
      if (read(*static_cast<int*>(from), &word, 1) == 1) open_file("/dev/null", O_RDONLY);
      return nullptr;
    };
    if (pthread_create(&early, nullptr, wait_and_open, &go[0]) != 0) _exit(1);
    if (!enter_sandbox(plain())) _exit(kNoSandbox);
    if (write(go[1], "x", 1) != 1) _exit(1);
    pthread_join(early, nullptr);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
  close(go[0]);
  close(go[1]);
}

TEST(Sandbox, ReadsFilesIfAsked) {
  SandboxPlan plan = plain();
  plan.read_files = true;
  EXPECT_EQ(in_sandbox(plan, [] { return code_of(open_file("/dev/null", O_RDONLY | O_CLOEXEC)); }).code, 0);
  EXPECT_EQ(in_sandbox(plan, [] { return code_of(open_file("/nowhere", O_RDONLY)); }).code, ENOENT);
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC}) {
    EXPECT_TRUE(in_sandbox(plan, [&] { return code_of(open_file("/dev/null", flags)); }).killed) << flags;
  }
}

TEST(Sandbox, RotatesFilesIfAsked) {
  char folder[] = "/tmp/portolan_sandbox_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  std::filesystem::permissions(folder, std::filesystem::perms::all);
  const std::string one = std::string(folder) + "/one";
  const std::string other = std::string(folder) + "/other";
  SandboxPlan plan = plain();
  plan.write_files = true;
  const End end = in_sandbox(plan, [&] {
    const int fd = open(one.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 || close(fd) != 0) return 1;
    if (rename(one.c_str(), other.c_str()) != 0) return 2;
    return unlink(other.c_str()) == 0 ? 0 : 3;
  });
  EXPECT_EQ(end.code, 0);
  EXPECT_TRUE(in_sandbox(plan, [] { return code_of(syscall(SYS_chmod, "/nowhere", 0777)); }).killed);
  std::filesystem::remove_all(folder);
}

TEST(Sandbox, ConnectsByTcpAloneIfAsked) {
  SandboxPlan plan = plain();
  plan.connect = true;
  const auto make = [&](int family, int type) {
    return in_sandbox(plan, [&] { return code_of(syscall(SYS_socket, family, type, 0)); });
  };
  EXPECT_EQ(make(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC).code, 0);
  EXPECT_EQ(make(AF_INET6, SOCK_STREAM).code, 0);
  EXPECT_TRUE(make(AF_INET, SOCK_DGRAM).killed);
  EXPECT_TRUE(make(AF_INET, SOCK_RAW).killed);
  EXPECT_TRUE(make(AF_PACKET, SOCK_RAW).killed);
  EXPECT_TRUE(make(AF_UNIX, SOCK_STREAM).killed);
  EXPECT_EQ(in_sandbox(plan, [] { return code_of(syscall(SYS_connect, -1, nullptr, 0)); }).code, EBADF);
  EXPECT_TRUE(in_sandbox(plan, [] { return code_of(syscall(SYS_bind, -1, nullptr, 0)); }).killed);
}

TEST(Sandbox, AcceptsAndUpdatesMapsIfAsked) {
  SandboxPlan plan = plain();
  plan.accept = plan.bpf_maps = true;
  EXPECT_EQ(in_sandbox(plan, [] { return code_of(syscall(SYS_accept4, -1, nullptr, nullptr, 0)); }).code, EBADF);
  EXPECT_FALSE(in_sandbox(plan, [] { return code_of(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, nullptr, 0)); }).killed);
  EXPECT_TRUE(in_sandbox(plan, [] { return code_of(syscall(SYS_bpf, BPF_PROG_LOAD, nullptr, 0)); }).killed);
  EXPECT_TRUE(in_sandbox(plan, [] { return code_of(syscall(SYS_listen, -1, 1)); }).killed);
}

// What the kernel says of a process, as it stands in /proc/PID/status.
std::string status_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Sandbox, LeavesNothingOfRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to have something to give up; run it with sudo";
  int said[2];
  ASSERT_EQ(pipe(said), 0);
  const pid_t child = fork();
  if (child == 0) {
    const gid_t groups[] = {0, 4};
    if (setgroups(2, groups) != 0) _exit(1);
    const auto text = enter_sandbox({});
    const std::string line = text ? *text : text.error();
    if (write(said[1], line.data(), line.size()) < 0) _exit(2);
    for (;;) pause();
  }
  char line[512] = {};
  ASSERT_GT(read(said[0], line, sizeof line - 1), 0);
  const std::string status = status_of(child);
  struct stat proc {};
  stat(("/proc/" + std::to_string(child) + "/mem").c_str(), &proc);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(said[0]);
  close(said[1]);
  EXPECT_EQ(std::string(line),
            "runs as nobody (65534:65534) without capabilities and cannot gain any; a system call that it has no use "
            "for ends it");
  for (const char* expected :
       {"Uid:\t65534\t65534\t65534\t65534\n", "Gid:\t65534\t65534\t65534\t65534\n", "CapInh:\t0000000000000000\n",
        "CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n", "CapBnd:\t0000000000000000\n",
        "CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Groups:\t \n"}) {
    EXPECT_NE(status.find(expected), std::string::npos) << expected << status;
  }
  EXPECT_EQ(proc.st_uid, 0u) << "what cannot be dumped belongs to root";
}

TEST(Sandbox, SaysWhatItAllowsAndWhatItDoesNotFilter) {
  int said[2];
  ASSERT_EQ(pipe(said), 0);
  SandboxPlan plan = plain();
  plan.read_files = plan.connect = true;
  plan.kill = false;
  SandboxPlan bare = plain();
  bare.filter = false;
  for (const auto& [what, end] : {std::pair{plan, "fails (still allowed: reading files, connecting by TCP)"},
                                  std::pair{bare, "cannot gain any; system calls are not filtered"}}) {
    const pid_t child = fork();
    if (child == 0) {
      const auto text = enter_sandbox(what);
      const std::string line = text ? *text : text.error();
      _exit(write(said[1], line.data(), line.size()) > 0 ? 0 : 1);
    }
    char line[512] = {};
    ASSERT_GT(read(said[0], line, sizeof line - 1), 0);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(std::string(line).ends_with(end)) << line;
  }
  close(said[0]);
  close(said[1]);
}

TEST(Sandbox, TellsAnUnknownUserAndAMissingRight) {
  const auto unknown = enter_sandbox({.user = "nobody-of-this-name"});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().find("'nobody-of-this-name'"), std::string::npos) << unknown.error();
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setresuid(65533, 65533, 65533) != 0) _exit(2);
    const auto entered = enter_sandbox({.user = "root"});
    _exit(!entered && entered.error().find("only root can become 'root'") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace portolan::host::sandbox_test
