// SPDX-License-Identifier: Apache-2.0
// PcapWriter and PcapReader: capture files in libpcap's format, with nanosecond time stamps.
//
// Files of link type EN10MB (Ethernet) and RAW (IP), as tcpdump and Wireshark read and write them; the reader also
// takes microsecond files and pcapng. Errors are kept, not thrown: a writer whose disk is full says so in error(). One
// thread each.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "wire/link.h"

struct pcap;
struct pcap_dumper;

namespace portolan::pktio {

class PcapWriter {
 public:
  // Makes or empties the file; "-" is standard output. The error names the file and the reason.
  static tl::expected<PcapWriter, std::string> open(const std::string& path, wire::LinkType link);

  PcapWriter(PcapWriter&& other) noexcept;
  PcapWriter& operator=(PcapWriter&&) = delete;
  ~PcapWriter();  // the file is whole after it

  void write(base::Nanos wall, base::Bytes frame);
  void flush();                                        // what was written so far is in the file, whole
  const std::string& error() const { return error_; }  // empty while all is well; known after flush()

 private:
  PcapWriter(std::string path, pcap* description, pcap_dumper* file);

  std::string path_;
  pcap* description_;
  pcap_dumper* file_;
  std::string error_;
};

class PcapReader {
 public:
  // The error names the file and the reason, or the link type that is not supported.
  static tl::expected<PcapReader, std::string> open(const std::string& path);

  PcapReader(PcapReader&& other) noexcept;
  PcapReader& operator=(PcapReader&&) = delete;
  ~PcapReader();

  wire::LinkType link() const { return link_; }
  // The next frame as it was captured (cut, if the capture cut it). False at the end, or at an error: see error().
  // The bytes are valid until the next call.
  bool next(base::Nanos& wall, base::Bytes& frame);
  const std::string& error() const { return error_; }  // empty when the file was well-formed so far

 private:
  PcapReader(std::string path, pcap* file, wire::LinkType link);

  std::string path_;
  pcap* file_;
  wire::LinkType link_;
  std::string error_;
};

}  // namespace portolan::pktio
