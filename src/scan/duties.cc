// SPDX-License-Identifier: Apache-2.0
#include "scan/duties.h"

#include "wire/reply.h"

namespace portolan::scan {
namespace {

// Calls build(slot bytes) -> frame length and sends the frame.
template <class Build>
bool send_one(pktio::Port& port, Build build) {
  const auto slots = port.acquire(1);
  if (slots.empty()) return false;
  slots[0].length = static_cast<uint16_t>(build(base::MutableBytes(slots[0].data, slots[0].capacity)));
  port.commit(1);
  return true;
}

}  // namespace

bool answer_arp(LaneState& state, const Path& us, const wire::ArpView& request) {
  const auto link = ProbeSet::link_shape(us);
  return send_one(*state.ports[us.link], [&](base::MutableBytes out) { return wire::arp_reply(link, request, out); });
}

bool answer_solicitation(LaneState& state, const Path& us, const wire::FrameView& frame,
                         const wire::NeighborView& solicitation) {
  const auto link = ProbeSet::link_shape(us);
  return send_one(*state.ports[us.link],
                  [&](base::MutableBytes out) { return wire::neighbor_advertisement(link, frame, solicitation, out); });
}

}  // namespace portolan::scan
