// SPDX-License-Identifier: Apache-2.0
// The ways out of a scan: one port per link of its egress, with the wrappers that the user asked for around each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "pktio/pcap_tee_port.h"
#include "pktio/port.h"
#include "portolan/scan_request.h"
#include "scan/egress.h"

namespace portolan::cli {

struct OpenPorts {
  std::vector<std::unique_ptr<pktio::Port>> owned;
  std::vector<pktio::Port*> ports;  // in the order of Egress::links()
  std::vector<pktio::PcapTeePort*> captures;
};

// Kernel ports, or null ports when the request is offline. The error says what failed and the cure.
tl::expected<OpenPorts, std::string> open_ports(const ScanRequest& request, const scan::Plan& plan,
                                                const scan::Egress& egress);

}  // namespace portolan::cli
