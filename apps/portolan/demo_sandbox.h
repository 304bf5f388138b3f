// SPDX-License-Identifier: Apache-2.0
// Sandbox: private network, mount and process namespaces that end with this program, whatever ends it.
//
// For the demo only; nothing that scans uses it. inside() forks: the child is process 1 of its process namespace, so
// when it returns, is killed, or loses its parent, the kernel ends every process in it and with them every namespace,
// link and firewall table. Nothing gets a name or a file outside. Every entry into a network namespace is checked
// against the machine's own and refused when it is that one.
//
// Failures throw std::runtime_error: nothing has been sent by then. Not for programs with threads (it forks).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace portolan::cli::sandbox {

// Runs `body` in the child and gives its result (0 to 125); 128 + n when signal n ended it. Needs root.
int inside(const std::function<int()>& body);

// REQUIRES for all below: called from inside().

// A child with a network namespace of its own that does `life` and never returns to us. It has run `birth` (open
// sockets, say) before spawn() gives its id, and dies with the sandbox.
pid_t spawn(const std::function<void()>& birth, const std::function<void()>& life);

// A command in the network namespace of `pid` with `input` on its standard input; its exit status. Its output is ours.
int run_in(pid_t pid, const std::vector<std::string>& command, const std::string& input = "");
// The same, and throws unless the status is 0.
void must_run_in(pid_t pid, const std::vector<std::string>& command, const std::string& input = "");

// Writes /proc/sys/net/NAME of the namespace of `pid`.
void set_sysctl(pid_t pid, const std::string& name, const std::string& value);

}  // namespace portolan::cli::sandbox
