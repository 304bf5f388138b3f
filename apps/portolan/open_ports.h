// SPDX-License-Identifier: Apache-2.0
// The ways out of a scan: one port per lane and link of its egress, with the wrappers that the user asked for around
// each. The lanes' ports on a link share what arrives: each answer comes to the lane whose slice of our ports it is
// for, what has no port to the first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "pktio/pcap_tee_port.h"
#include "pktio/port.h"
#include "portolan/lane_choice.h"
#include "portolan/scan_request.h"
#include "scan/lane_group.h"

namespace portolan::cli {

struct OpenPorts {
  std::vector<std::unique_ptr<pktio::Port>> owned;
  scan::LaneGroup::LanePorts ports;
  std::vector<std::shared_ptr<pktio::Capture>> captures;  // one a link, of all lanes
};

// Kernel ports, or null ports when the request is offline, for as many lanes as were chosen; on the choice's link, with
// its AF_XDP ports. Each lane's are opened on its CPU, so that the kernel takes their memory from there. The error says
// what failed and the cure.
tl::expected<OpenPorts, std::string> open_ports(const ScanRequest& request, const scan::Plan& plan,
                                                const scan::Egress& egress, LaneChoice& choice);

}  // namespace portolan::cli
