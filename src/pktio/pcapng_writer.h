// SPDX-License-Identifier: Apache-2.0
// PcapngWriter: a capture file in pcapng with directions and comments, whole at any block, put aside by size or age.
//
// Blocks gather in memory and leave in single write(2) calls of whole blocks. When the disk is full the part of a block
// that got through is cut off again and what is unwritten is tried again at the next flush(), up to kMaxPending bytes;
// beyond that packets are counted as lost. A file is never appended to: an existing one is put aside when there is a
// rotation, and emptied when not. Each file of a rotation has its own headers. Where direction does not matter and
// programs without pcapng must read it, PcapWriter (pcap_file.h).
//
// Nothing here throws. One thread, with the writer's file system calls on it: not the packet thread.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/rotation.h"
#include "base/unique_fd.h"
#include "pktio/pcapng.h"

namespace portolan::pktio {

struct PcapngOptions {
  wire::LinkType link = wire::LinkType::kEthernet;
  uint32_t snap_length = 262'144;  // bytes of a packet that are kept
  PcapngSource source{};
  base::RotationPolicy rotation{};
};

class PcapngWriter {
 public:
  static constexpr size_t kFlushAt = size_t{64} << 10;     // bytes that make write() flush by itself
  static constexpr size_t kMaxPending = size_t{16} << 20;  // bytes kept while nothing can be written

  // "-" is standard output, which cannot be rotated. `now` is monotonic time, here and below. The error names the file
  // and the reason.
  static tl::expected<PcapngWriter, std::string> open(const std::string& path, PcapngOptions options, base::Nanos now);

  PcapngWriter(PcapngWriter&&) noexcept = default;
  PcapngWriter& operator=(PcapngWriter&&) = delete;
  ~PcapngWriter();  // flushes

  void write(const PcapngPacket& packet, base::Nanos now);
  // What was written so far is in the file, whole; puts it aside when it is due. False, with error(), when not.
  bool flush(base::Nanos now);

  const std::string& error() const { return error_; }  // "PATH: reason", empty while all is well
  uint64_t lost_packets() const { return lost_; }      // given up because kMaxPending was full
  const std::string& path() const { return rotation_.path(); }

 private:
  PcapngWriter(base::UniqueFd fd, PcapngOptions options, base::Rotation rotation, base::Nanos now);

  void begin_file();
  bool write_pending();
  void rotate(base::Nanos now);

  base::UniqueFd fd_;
  PcapngOptions options_;
  base::Rotation rotation_;
  std::string pending_;   // whole blocks
  uint64_t bytes_ = 0;    // of packets, in this file or on their way to it
  uint64_t written_ = 0;  // bytes of whole blocks in this file
  uint64_t lost_ = 0;
  std::string error_;
};

}  // namespace portolan::pktio
