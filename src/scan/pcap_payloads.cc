// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "pktio/pcap_file.h"
#include "scan/payload_files.h"
#include "wire/frame_view.h"

namespace portolan::scan {

tl::expected<CapturedPayloads, PayloadError> read_pcap_payloads(const std::string& path, OwnPayloads& into) {
  auto file = pktio::PcapReader::open(path);
  if (!file) return tl::unexpected(PayloadError{0, file.error(), "give a pcap or pcapng file"});
  CapturedPayloads found;
  base::Nanos wall = 0;
  base::Bytes bytes;
  while (file->next(wall, bytes)) {
    const auto frame = wire::FrameView::check(bytes, file->link(), true);
    if (!frame || frame->transport() != wire::FrameView::Transport::kUdp) continue;
    const auto udp = frame->udp();
    const uint16_t port = udp.destination_port();
    if (udp.payload().empty() || port == 0) continue;
    if (udp.payload().size() > OwnPayloads::kMaxBytes) {
      ++found.too_long;
    } else if (into.set(port, port, udp.payload())) {
      ++found.taken;
    } else {
      return tl::unexpected(PayloadError{0,
                                         fmt::format("{} has more than {} payloads", path, OwnPayloads::kMaxPayloads),
                                         "cut it into smaller files"});
    }
  }
  if (!file->error().empty()) return tl::unexpected(PayloadError{0, file->error(), "capture it again"});
  return found;
}

}  // namespace portolan::scan
