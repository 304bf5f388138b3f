// SPDX-License-Identifier: Apache-2.0
// Reading UDP payloads out of files: nmap's format of them, and captures.
//
// nmap's is text: `udp PORTS "bytes" "more bytes" source N`, over as many lines as wanted, # to the end of a line being
// a comment. PORTS are numbers and ranges with commas between. Strings have the escapes of C and are joined; `source`
// may be left out. The reader is strict: what it does not know is an error with its line. Of a capture, the payload of
// each UDP datagram counts for the port that it goes to. In both, a later payload replaces an earlier one.
// Not for long files in pieces: the text is whole. Pure functions but for the file that is read; one thread a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "scan/own_payloads.h"

namespace portolan::scan {

struct PayloadError {
  size_t line = 0;  // from 1 on; 0: the file as a whole
  std::string what;
  std::string cure;
};

struct NmapPayloads {
  size_t entries = 0;
  // Where entries want a source port of their own. They are sent from ours, since that is what proves an answer.
  std::vector<size_t> lines_with_source;
};

struct CapturedPayloads {
  size_t taken = 0;     // datagrams with a payload
  size_t too_long = 0;  // datagrams of more than OwnPayloads::kMaxBytes: not taken
};

// At an error, entries before it are in the table.
tl::expected<NmapPayloads, PayloadError> read_nmap_payloads(std::string_view text, OwnPayloads& into);

// Of pcap and pcapng files, Ethernet or IP. Checksums of transports are not looked at: who captures what he sends sees
// them before the hardware fills them in.
tl::expected<CapturedPayloads, PayloadError> read_pcap_payloads(const std::string& path, OwnPayloads& into);

}  // namespace portolan::scan
