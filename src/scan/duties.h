// SPDX-License-Identifier: Apache-2.0
// What a host owes its link: to say which MAC address an IP address has. Needed only for source addresses that are ours
// and not the kernel's (--source-ip); without it nobody's answers would find the way back. Both build the frame in the
// port's slot and send it; false when the way out was full (the asker asks again). The lane's thread.
#pragma once

#include "scan/state.h"
#include "wire/frame_view.h"
#include "wire/ndp.h"

namespace portolan::scan {

// RFC 826. REQUIRES: `request` asks for one of us.sources.
bool answer_arp(LaneState& state, const Path& us, const wire::ArpView& request);

// RFC 4861, 7.2.4. REQUIRES: `solicitation` came in `frame` and asks for one of us.sources.
bool answer_solicitation(LaneState& state, const Path& us, const wire::FrameView& frame,
                         const wire::NeighborView& solicitation);

}  // namespace portolan::scan
