// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcap_file.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

namespace portolan::pktio {
namespace {

constexpr int kSnapLength = 262'144;  // libpcap's own limit

std::optional<wire::LinkType> link_of(int data_link) {
  switch (data_link) {
    case DLT_EN10MB:
      return wire::LinkType::kEthernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return wire::LinkType::kRawIp;
    default:
      return std::nullopt;
  }
}

}  // namespace

tl::expected<PcapWriter, std::string> PcapWriter::open(const std::string& path, wire::LinkType link) {
  const int data_link = link == wire::LinkType::kEthernet ? DLT_EN10MB : DLT_RAW;
  pcap* description = pcap_open_dead_with_tstamp_precision(data_link, kSnapLength, PCAP_TSTAMP_PRECISION_NANO);
  if (description == nullptr) return tl::make_unexpected(fmt::format("cannot write {}: out of memory", path));
  pcap_dumper* file = pcap_dump_open(description, path.c_str());
  if (file == nullptr) {
    const std::string reason = pcap_geterr(description);
    pcap_close(description);
    return tl::make_unexpected("cannot write the capture: " + reason);
  }
  return PcapWriter(path, description, file);
}

PcapWriter::PcapWriter(std::string path, pcap* description, pcap_dumper* file)
    : path_(std::move(path)), description_(description), file_(file) {}

PcapWriter::PcapWriter(PcapWriter&& other) noexcept
    : path_(std::move(other.path_)),
      description_(std::exchange(other.description_, nullptr)),
      file_(std::exchange(other.file_, nullptr)),
      error_(std::move(other.error_)) {}

PcapWriter::~PcapWriter() {
  if (file_ != nullptr) pcap_dump_close(file_);
  if (description_ != nullptr) pcap_close(description_);
}

void PcapWriter::write(base::Nanos wall, base::Bytes frame) {
  pcap_pkthdr header{};
  header.ts.tv_sec = wall / base::kSecond;
  header.ts.tv_usec = wall % base::kSecond;  // nanoseconds, as the file was opened for
  header.caplen = static_cast<bpf_u_int32>(frame.size());
  header.len = header.caplen;
  pcap_dump(reinterpret_cast<u_char*>(file_), &header, frame.data());
}

void PcapWriter::flush() {
  const bool failed = pcap_dump_flush(file_) != 0 || std::ferror(pcap_dump_file(file_)) != 0;
  if (failed && error_.empty()) error_ = fmt::format("cannot write {}: {}", path_, std::strerror(errno));
}

tl::expected<PcapReader, std::string> PcapReader::open(const std::string& path) {
  char reason[PCAP_ERRBUF_SIZE] = {};
  pcap* file = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, reason);
  if (file == nullptr) return tl::make_unexpected(fmt::format("cannot read the capture {}: {}", path, reason));
  const int data_link = pcap_datalink(file);
  const auto link = link_of(data_link);
  if (!link) {
    pcap_close(file);
    const char* name = pcap_datalink_val_to_name(data_link);
    return tl::make_unexpected(fmt::format("cannot read the capture {}: its link type {} is neither Ethernet nor IP",
                                           path, name != nullptr ? name : std::to_string(data_link).c_str()));
  }
  return PcapReader(path, file, *link);
}

PcapReader::PcapReader(std::string path, pcap* file, wire::LinkType link)
    : path_(std::move(path)), file_(file), link_(link) {}

PcapReader::PcapReader(PcapReader&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      link_(other.link_),
      error_(std::move(other.error_)) {}

PcapReader::~PcapReader() {
  if (file_ != nullptr) pcap_close(file_);
}

bool PcapReader::next(base::Nanos& wall, base::Bytes& frame) {
  if (!error_.empty()) return false;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int outcome = pcap_next_ex(file_, &header, &bytes);
  if (outcome == PCAP_ERROR) error_ = fmt::format("the capture {} is damaged: {}", path_, pcap_geterr(file_));
  if (outcome != 1) return false;
  wall = header->ts.tv_sec * base::kSecond + header->ts.tv_usec;
  frame = {bytes, header->caplen};
  return true;
}

}  // namespace portolan::pktio
