// SPDX-License-Identifier: Apache-2.0
// Sandbox: gives up, once and for all, what the program needs no longer after its start.
//
// In this order: the capability bounding set is emptied, the process becomes an ordinary user (nobody) without
// supplementary groups, all capabilities are cleared, no program it could start may gain any (no_new_privs), it can be
// neither dumped nor traced (PR_SET_DUMPABLE 0), and a seccomp filter forbids every system call that is not on the list
// (seccomp(2); libseccomp). What is open stays open: packet sockets, logs, listening sockets.
//
// Ids and filter hold for all threads, also those that exist already; the capabilities of a thread that was started
// before go with its ids when it was root's. Call it before the first thread where the program is not root but has
// capabilities of its file. Memory never becomes executable afterwards: whatever loads libraries must have done so.
// Not for a process that starts programs. There is no way back, and after an error the process should end: part of it
// may have been done.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace portolan::host {

struct SandboxPlan {
  std::string user = "nobody";  // to become, with its main group; only root can. Empty: whoever it is now
  bool filter = true;           // the seccomp filter
  bool kill = true;             // a forbidden call ends the process (SIGSYS); false: it fails with EPERM

  // What the filter lets through besides memory, clocks, threads, signals of its own, and sending and receiving on what
  // is open.
  bool read_files = false;    // open for reading: rules that are read again
  bool write_files = false;   // open for writing, create, rename, remove: logs that rotate
  bool accept = false;        // take connections on sockets that listen already: counters over HTTP
  bool connect = false;       // TCP connections to others over IPv4 and IPv6: forwarding
  bool end_children = false;  // kill and wait for what was forked before: the process that serves metrics
  bool bpf_maps = false;      // look up, update, delete in BPF maps that are open
};

// The text says in one line what was done. The error says what could not be done, and the cure.
tl::expected<std::string, std::string> enter_sandbox(const SandboxPlan& plan);

// The part that forbids system calls. The error is the reason alone. Needs no right, since it sets no_new_privs.
tl::expected<void, std::string> forbid_system_calls(const SandboxPlan& plan);

}  // namespace portolan::host
