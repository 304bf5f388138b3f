// SPDX-License-Identifier: Apache-2.0
// -sL: the targets of a plan, one a line, in exactly the order in which a scan would probe them.
//
// Lines: "192.0.2.1:80" and "[2001:db8::1]:80" for TCP, the same with "/udp", "/sctp" or "/ip" behind it, and the bare
// address for what has no port (echo, arp, ndp). Each line is a target that -iL understands. Written in large pieces; a
// reader that goes away (head) ends it quietly. One thread.
#pragma once

#include "scan/plan.h"

namespace portolan::cli {

// Writes to descriptor `fd`. False, with errno set, when writing failed for another reason than a reader gone.
bool list_targets(const scan::Plan& plan, int fd);

}  // namespace portolan::cli
