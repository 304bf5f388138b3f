// SPDX-License-Identifier: Apache-2.0
// The part of Engine that tells the journal what was asked and what was done about it.
#include "respond/engine.h"
#include "respond/journal_facts.h"

namespace portolan::respond {

void Engine::prepare_contact(Visit& v) const {
  if (journal_ == nullptr || !journal_->wants_contacts()) return;
  const wire::FrameView& view = v.view;
  result::Contact& c = v.contact;
  c.wall = v.wall;
  c.client = view.source(), c.server = view.destination();
  c.ttl = view.ttl(), c.ip_protocol = view.protocol();
  if (view.has_ethernet()) {
    c.mac = view.source_mac();
    c.has_mac = true;
    if (const auto vlan = view.vlan()) c.vlan = *vlan;
  }
  if (view.network() == wire::FrameView::Network::kIpv4) c.ip_id = view.identification();
  if (view.transport() == wire::FrameView::Transport::kUdp) {
    c.client_port = view.udp().source_port(), c.server_port = view.udp().destination_port();
  }
  if (view.transport() != wire::FrameView::Transport::kTcp) return;
  const wire::TcpView tcp = view.tcp();
  c.client_port = tcp.source_port(), c.server_port = tcp.destination_port();
  c.tcp_flags = tcp.flags(), c.window = tcp.window();
  c.sequence = tcp.sequence().value(), c.acknowledgment = tcp.acknowledgment().value();
  const wire::TcpOptions options = tcp.options();
  if (options.mss) c.mss = *options.mss;
  if (options.window_scale) c.window_scale = *options.window_scale;
  c.tcp_options = options.kinds, c.tcp_option_count = options.kind_count;
}

void Engine::tell(const Visit& v) {
  if (v.silent_in_log || journal_ == nullptr || !journal_->wants_contacts()) return;
  if (v.facts == nullptr) {
    journal_->contact(v.contact, v.payload, {});
    return;
  }
  const JournalFacts facts(*v.facts);
  journal_->contact(v.contact, v.payload, facts.all());
}

}  // namespace portolan::respond
