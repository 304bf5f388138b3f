// SPDX-License-Identifier: Apache-2.0
// SendImage: a scan's slice laid out for the kernel program that sends it; the checks whether it can be, and why not.
//
// The plan becomes constants of the program, which the verifier specialises it by; the rest becomes its tables. Target
// ranges are not copied here: the loader takes them from the target set. No system calls. A value.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "addr/mac_address.h"
#include "xdp/send.h"
#include "xdp/send_shared.h"

namespace portolan::xdp {

struct SendImage {
  SendPlan plan{};
  std::vector<SendService> v4_services, v6_services;
  std::vector<SendPair> pairs;
  std::vector<SendWay> ways;
  std::vector<uint16_t> cells;      // a row for each way: the probe for each kind of service
  std::vector<SendProbe> probes;    // at least one
  std::vector<uint32_t> probe_way;  // of each probe: the stretch that it is for
};

// The error is for people: it says what of the plan the kernel program cannot do.
tl::expected<SendImage, std::string> make_send_image(const SendOptions& options);

// What set_rate() means. 0: no limit.
SendSchedule make_send_schedule(uint64_t millis_per_second);

// The destination of a probe's Ethernet header, if it has one.
void set_next_hop(SendProbe& probe, const addr::MacAddress& mac);

}  // namespace portolan::xdp
