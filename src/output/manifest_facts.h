// SPDX-License-Identifier: Apache-2.0
// What the headers of some formats need of a run's manifest: which ports were asked for, by protocol.
//
// Reads the facts services-ipv4 and services-ipv6 ("tcp:80-81,udp:53"); what it cannot read is left out. Pure: any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "addr/target.h"
#include "result/sink.h"

namespace portolan::output {

struct AskedPorts {
  uint64_t count = 0;
  std::string ranges;  // "80-81,443-443", in the order of the manifest
};

// By protocol. Protocols without ports count as one each, without ranges.
std::array<AskedPorts, addr::kProtocolCount> asked_ports(const result::RunManifest& manifest);

// "Tue Nov 14 22:13:20 2023", UTC.
std::string ctime_text(base::Nanos wall);
// "2023-11-14 22:13:20", UTC.
std::string date_text(base::Nanos wall);

}  // namespace portolan::output
