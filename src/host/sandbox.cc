// SPDX-License-Identifier: Apache-2.0
#include "host/sandbox.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace portolan::host {
namespace {

using Result = tl::expected<void, std::string>;

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
  std::string name;
};

tl::unexpected<std::string> failure(const char* what) {
  return tl::make_unexpected(fmt::format("{}: {}", what, std::strerror(errno)));
}

tl::expected<Identity, std::string> look_up(const std::string& name) {
  if (name.empty()) return Identity{geteuid(), getegid(), fmt::format("user {}", geteuid())};
  errno = 0;
  const passwd* entry = getpwnam(name.c_str());
  if (entry == nullptr) {
    return tl::make_unexpected(fmt::format("there is no user '{}' to become{}; name one that exists", name,
                                           errno == 0 ? "" : fmt::format(" ({})", std::strerror(errno))));
  }
  return Identity{entry->pw_uid, entry->pw_gid, name};
}

// So that not even a program with capabilities in its file could give us one.
Result empty_bounding_set() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return failure("cannot empty the capability bounding set");
  }
  return {};
}

Result become(const Identity& who) {
  // glibc does this for all threads of the process (nptl(7)).
  if (setgroups(0, nullptr) != 0) return failure("cannot leave the supplementary groups");
  if (setresgid(who.group, who.group, who.group) != 0) return failure("cannot change the group");
  if (setresuid(who.user, who.user, who.user) != 0) return failure("cannot change the user");
  if (who.user != 0 && setresuid(-1u, 0, -1u) == 0) {
    return tl::make_unexpected(std::string("the kernel let us become root again"));
  }
  return {};
}

Result clear_capabilities() {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
    return failure("cannot clear the ambient capabilities");
  }
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) return failure("cannot clear the capabilities");
  return {};
}

Result close_the_doors() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure("cannot set no_new_privs");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failure("cannot forbid tracing");
  return {};
}

Result give_up_rights(const Identity& who) {
  const bool root = geteuid() == 0;
  if (!root && who.user != geteuid()) {
    return tl::make_unexpected(
        fmt::format("only root can become '{}', and this is user {}; start it with sudo, or "
                    "without a user to become",
                    who.name, geteuid()));
  }
  if (root) {
    if (const Result emptied = empty_bounding_set(); !emptied) return emptied;
    if (const Result became = become(who); !became) return became;
  }
  if (const Result cleared = clear_capabilities(); !cleared) return cleared;
  return close_the_doors();
}

std::string allowed(const SandboxPlan& plan) {
  std::string text;
  const auto add = [&text](bool yes, const char* what) {
    if (yes) text += text.empty() ? what : fmt::format(", {}", what);
  };
  add(plan.read_files, "reading files");
  add(plan.write_files, "writing files");
  add(plan.accept, "accepting connections");
  add(plan.connect, "connecting by TCP");
  add(plan.bpf_maps, "updating BPF maps");
  return text.empty() ? "" : fmt::format(" (still allowed: {})", text);
}

}  // namespace

tl::expected<std::string, std::string> enter_sandbox(const SandboxPlan& plan) {
  const auto fail = [](const std::string& why) {
    return tl::make_unexpected(fmt::format("cannot give up privileges: {}", why));
  };
  const auto who = look_up(plan.user);
  if (!who) return fail(who.error());
  if (const Result given_up = give_up_rights(*who); !given_up) return fail(given_up.error());
  std::string text =
      fmt::format("runs as {} ({}:{}) without capabilities and cannot gain any", who->name, who->user, who->group);
  if (!plan.filter) return text + "; system calls are not filtered";
  // glibc reads /proc/sys/vm/overcommit_memory before it shrinks the heap of a further thread, and that would end us.
  mallopt(M_ARENA_MAX, 1);
  if (const Result forbidden = forbid_system_calls(plan); !forbidden) {
    return fail(
        fmt::format("the kernel takes no filter of system calls: {}. A kernel without seccomp needs the filter "
                    "turned off",
                    forbidden.error()));
  }
  return text +
         fmt::format("; a system call that it has no use for {}{}", plan.kill ? "ends it" : "fails", allowed(plan));
}

}  // namespace portolan::host
