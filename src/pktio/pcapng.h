// SPDX-License-Identifier: Apache-2.0
// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), as far as a capture of one interface needs them.
//
// Each function appends one whole block in the machine's byte order, which is little-endian; readers find it out from
// the section header. Time stamps are nanoseconds. docs/formats/pcapng.md. Pure: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "wire/link.h"

namespace portolan::pktio {

// Which way a frame went, as epb_flags says it.
enum class PacketWay : uint32_t { kUnknown = 0, kIn = 1, kOut = 2 };

// Who wrote it and where: empty texts are left out. Texts are UTF-8 of at most 65535 bytes; longer ones are cut.
struct PcapngSource {
  std::string hardware;
  std::string system;
  std::string program;    // "portolan 0.1.0"
  std::string interface;  // "eth0"
};

struct PcapngPacket {
  base::Nanos wall = 0;
  base::Bytes bytes{};
  uint32_t size = 0;  // on the link; 0: as many as there are bytes
  PacketWay way = PacketWay::kUnknown;
  std::string_view comment{};  // for people, with the packet
};

void append_section_header(std::string& out, const PcapngSource& source);
void append_interface(std::string& out, wire::LinkType link, uint32_t snap_length, const PcapngSource& source);
// Of the first interface. Bytes beyond `snap_length` are left out.
void append_packet(std::string& out, const PcapngPacket& packet, uint32_t snap_length);

}  // namespace portolan::pktio
