// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kProbes = "Probes";

const std::array kRows{
    ScanOption{{.names = "nmap-payloads nmap-payload",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kProbes,
                .help = "Asks UDP ports by the payloads of this file, in nmap's format: udp PORTS \"bytes\". Where a "
                        "port has several, in this or a later file, the last is sent. Answers on such ports are "
                        "proven by addresses and ports alone.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.payload_files.push_back({{s.value, s.where}, false});
               }},
    ScanOption{{.names = "pcap-payloads pcap-payload",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kProbes,
                .help = "The same, by what the UDP datagrams of a pcap or pcapng file carry to their destination "
                        "ports.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.payload_files.push_back({{s.value, s.where}, true});
               }},
};

}  // namespace

std::span<const ScanOption> payload_options() { return kRows; }

}  // namespace portolan::cli
