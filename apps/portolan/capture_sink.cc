// SPDX-License-Identifier: Apache-2.0
#include "portolan/capture_sink.h"

#include <fmt/format.h>

#include <iterator>

#include "output/flow_id.h"
#include "output/frame_layers.h"

namespace portolan::cli {

void CaptureSink::on_frame(const output::SeenFrame& frame) {
  const auto layers = output::FrameLayers::read(frame.bytes, link_);
  comment_.clear();
  if (layers.ip_version != 0) {
    const uint64_t flow = output::flow_id({layers.source, layers.source_port},
                                          {layers.destination, layers.destination_port}, layers.ip_protocol);
    fmt::format_to(std::back_inserter(comment_), "flow {:016x}", flow);
  }
  const bool in = frame.fate == result::FrameFate::kReceived;
  file_.write({.wall = frame.wall,
               .bytes = frame.bytes,
               .size = frame.size,
               .way = in ? pktio::PacketWay::kIn : pktio::PacketWay::kOut,
               .comment = comment_},
              clock_.now());
}

}  // namespace portolan::cli
