// SPDX-License-Identifier: Apache-2.0
// --packet-trace: one line on standard error for every frame sent and received.
//
//   SENT (0.0012) TCP  [192.0.2.1]:61000     > [192.0.2.9]:80        SYN
//   RCVD (0.0014) ICMP [192.0.2.9] > [192.0.2.1] type=3 code=13
//
// masscan's form (docs/formats/packet-trace.md). The time is in seconds since the trace began. A frame that the wire
// room refuses is shown with its reason. Slow: for low rates. Lines of several lanes are whole, and in the order in
// which they are printed.
#pragma once

#include <string>

#include "base/clock.h"
#include "pktio/tracer_port.h"
#include "wire/frame_view.h"

namespace portolan::cli {

// What a frame says, without direction and time.
std::string describe_frame(base::Bytes frame, wire::LinkType link);

// A function for pktio::TracerPort that prints to standard error.
pktio::TracerPort::OnFrame trace_to_stderr(wire::LinkType link);

}  // namespace portolan::cli
