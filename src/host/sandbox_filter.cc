// SPDX-License-Identifier: Apache-2.0
// The list of system calls that a sandboxed responder has a use for. Everything else is forbidden.
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <vector>

#include "host/sandbox.h"

namespace portolan::host {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// Collects the first error of many rules.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) allow_if(call, {});
  }
  // All of the conditions must hold.
  void allow_if(int call, const std::vector<scmp_arg_cmp>& conditions) { rule(SCMP_ACT_ALLOW, call, conditions); }
  void fail(int call, uint16_t error) { rule(SCMP_ACT_ERRNO(error), call, {}); }
  int error() const { return error_; }

 private:
  void rule(uint32_t action, int call, const std::vector<scmp_arg_cmp>& conditions) {
    const int done = seccomp_rule_add_array(filter_, action, call, static_cast<unsigned>(conditions.size()),
                                            conditions.empty() ? nullptr : conditions.data());
    if (error_ == 0) error_ = -done;
  }

  scmp_filter_ctx filter_;
  int error_ = 0;
};

scmp_arg_cmp argument_is(unsigned which, uint64_t value) { return {which, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp bits_are(unsigned which, uint64_t mask, uint64_t value) {
  return {which, SCMP_CMP_MASKED_EQ, mask, value};
}

void allow_one_of(Rules& rules, int call, unsigned which, std::initializer_list<uint64_t> values) {
  for (const uint64_t value : values) rules.allow_if(call, {argument_is(which, value)});
}

void memory_and_threads(Rules& rules) {
  rules.allow({SCMP_SYS(munmap),
               SCMP_SYS(mremap),
               SCMP_SYS(madvise),
               SCMP_SYS(brk),
               SCMP_SYS(futex),
               SCMP_SYS(set_robust_list),
               SCMP_SYS(rseq),
               SCMP_SYS(gettid),
               SCMP_SYS(getpid),
               SCMP_SYS(sched_yield),
               SCMP_SYS(sched_getaffinity),
               SCMP_SYS(getcpu),
               SCMP_SYS(membarrier),
               SCMP_SYS(exit),
               SCMP_SYS(exit_group),
               SCMP_SYS(restart_syscall),
               SCMP_SYS(uname),
               SCMP_SYS(sysinfo),
               SCMP_SYS(getrusage),
               SCMP_SYS(getuid),
               SCMP_SYS(geteuid)});
  // What was written is never run.
  rules.allow_if(SCMP_SYS(mmap), {bits_are(2, PROT_EXEC, 0)});
  rules.allow_if(SCMP_SYS(mprotect), {bits_are(2, PROT_EXEC, 0)});
  // Threads, not processes. A filter cannot see the flags of clone3; without it glibc falls back to clone.
  rules.allow_if(SCMP_SYS(clone), {bits_are(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM)});
  rules.fail(SCMP_SYS(clone3), ENOSYS);
  rules.allow_if(SCMP_SYS(prctl), {argument_is(0, PR_SET_NAME)});
  rules.allow_if(SCMP_SYS(prlimit64), {argument_is(2, 0)});  // to ask, not to set
}

void clocks_and_signals(Rules& rules) {
  rules.allow({SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
               SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom), SCMP_SYS(timerfd_settime),
               SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
               SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack), SCMP_SYS(pause)});
  rules.allow_if(SCMP_SYS(tgkill), {argument_is(0, static_cast<uint64_t>(getpid()))});  // abort()
}

void what_is_open(Rules& rules) {
  rules.allow({SCMP_SYS(read),       SCMP_SYS(readv),     SCMP_SYS(write),       SCMP_SYS(writev),
               SCMP_SYS(pread64),    SCMP_SYS(pwrite64),  SCMP_SYS(close),       SCMP_SYS(lseek),
               SCMP_SYS(fsync),      SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),   SCMP_SYS(fstat),
               SCMP_SYS(poll),       SCMP_SYS(ppoll),     SCMP_SYS(select),      SCMP_SYS(pselect6),
               SCMP_SYS(epoll_wait), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
               SCMP_SYS(recvmsg),    SCMP_SYS(recvfrom),  SCMP_SYS(recvmmsg),    SCMP_SYS(sendmsg),
               SCMP_SYS(sendto),     SCMP_SYS(sendmmsg),  SCMP_SYS(getsockopt),  SCMP_SYS(getsockname)});
  // fstat() of glibc; a path is not looked at.
  rules.allow_if(SCMP_SYS(newfstatat), {bits_are(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
  allow_one_of(rules, SCMP_SYS(ioctl), 1, {TCGETS, TIOCGWINSZ});
  allow_one_of(rules, SCMP_SYS(fcntl), 1, {F_GETFL, F_SETFL, F_GETFD, F_SETFD});
}

void what_was_asked_for(Rules& rules, const SandboxPlan& plan) {
  if (plan.read_files) {
    rules.allow_if(SCMP_SYS(openat), {bits_are(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)});
    rules.allow_if(SCMP_SYS(open), {bits_are(1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)});
    rules.allow({SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(readlink),
                 SCMP_SYS(fadvise64)});
  }
  if (plan.write_files) {
    rules.allow({SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
                 SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(newfstatat),
                 SCMP_SYS(stat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(fallocate)});
  }
  if (plan.accept || plan.connect) rules.allow({SCMP_SYS(shutdown), SCMP_SYS(setsockopt), SCMP_SYS(getpeername)});
  if (plan.accept) rules.allow({SCMP_SYS(accept), SCMP_SYS(accept4)});
  if (plan.connect) {
    const uint64_t flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    for (const uint64_t family : {uint64_t{AF_INET}, uint64_t{AF_INET6}}) {
      rules.allow_if(SCMP_SYS(socket), {argument_is(0, family), bits_are(1, ~flags & 0xffffffff, SOCK_STREAM)});
    }
    rules.allow({SCMP_SYS(connect), SCMP_SYS(epoll_create1)});
  }
  if (plan.end_children) rules.allow({SCMP_SYS(kill), SCMP_SYS(wait4)});
  if (plan.bpf_maps) {
    allow_one_of(rules, SCMP_SYS(bpf), 0,
                 {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
                  BPF_MAP_LOOKUP_BATCH, BPF_MAP_UPDATE_BATCH});
  }
}

tl::unexpected<std::string> reason(int error) { return tl::make_unexpected(std::string(std::strerror(error))); }

}  // namespace

tl::expected<void, std::string> forbid_system_calls(const SandboxPlan& plan) {
  const Filter filter(seccomp_init(plan.kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (filter == nullptr) return reason(ENOMEM);
  // Calls by another architecture's numbers, all threads at once, and a search by halves instead of a long list.
  for (const auto& [attribute, value] :
       {std::pair{SCMP_FLTATR_ACT_BADARCH, uint32_t{SCMP_ACT_KILL_PROCESS}}, std::pair{SCMP_FLTATR_CTL_TSYNC, 1u},
        std::pair{SCMP_FLTATR_CTL_OPTIMIZE, 2u}}) {
    if (const int error = seccomp_attr_set(filter.get(), attribute, value); error != 0) return reason(-error);
  }
  Rules rules(filter.get());
  memory_and_threads(rules);
  clocks_and_signals(rules);
  what_is_open(rules);
  what_was_asked_for(rules, plan);
  if (rules.error() != 0) return reason(rules.error());
  if (const int error = seccomp_load(filter.get()); error != 0) return reason(-error);
  return {};
}

}  // namespace portolan::host
