// SPDX-License-Identifier: Apache-2.0
#include "output/packet_log.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "output/packet_log_names.h"
#include "wire/wire.h"

namespace portolan::output {
namespace {

using result::FrameStop;
using Transport = FrameLayers::Transport;

// One line of either form.
class Line {
 public:
  Line(std::string& out, PacketLogForm form, base::Nanos wall, std::string_view layer, std::string_view verb)
      : out_(out), console_(form == PacketLogForm::kConsole) {
    const base::Nanos second = wall / base::kSecond;
    const base::Nanos ms = wall % base::kSecond / base::kMillisecond;
    if (console_) {
      fmt::format_to(std::back_inserter(out_), "{}.{}\t{}\t{}", second, ms, layer, verb);
    } else {
      fmt::format_to(std::back_inserter(out_), "ts={}.{} proto={} verb={}", second, ms, layer, verb);
    }
  }
  void end() { out_.push_back('\n'); }
  // Between the verb and what follows.
  void body() { out_.push_back(console_ ? '\t' : ' '); }

  void columns(const LogColumns& c) {
    column("mac_src", c.mac_src ? c.mac_src->to_string() : "");
    column("mac_dst", c.mac_dst ? c.mac_dst->to_string() : "");
    column("ip_src", c.ip_src ? c.ip_src->to_string() : "");
    column("ip_dst", c.ip_dst ? c.ip_dst->to_string() : "");
    column("transport", c.transport ? ip_protocol_name(*c.transport) : "");
    column("port_src", c.port_src ? fmt::to_string(*c.port_src) : "");
    column("port_dst", c.port_dst ? fmt::to_string(*c.port_dst) : "");
  }
  void detail(std::string_view name, std::string_view value) {
    if (console_) {
      if (std::exchange(detailed_, true)) out_.push_back('\t');
      out_ += value;
    } else {
      fmt::format_to(std::back_inserter(out_), " {}={}", name, value);
    }
  }
  template <class Integer>
    requires std::is_integral_v<Integer>
  void detail(std::string_view name, Integer value) {
    detail(name, std::string_view(fmt::to_string(value)));
  }

 private:
  void column(std::string_view name, std::string_view value) {
    if (console_) {
      out_ += value;
      out_.push_back('\t');
    } else if (!value.empty()) {
      fmt::format_to(std::back_inserter(out_), " {}={}", name, value);
    }
  }

  std::string& out_;
  bool console_;
  bool detailed_ = false;
};

// Where the lines of one frame go, and with what.
struct Page {
  std::string& out;
  PacketLogForm form;
  base::Nanos wall;
  std::string_view verb;
  const FrameLayers& shown;

  Line line(std::string_view layer) const {
    Line l(out, form, wall, layer, verb);
    l.body();
    return l;
  }
};

void ethernet_line(const Page& page, const LogColumns& columns) {
  Line l = page.line("eth");
  l.columns(columns);
  l.detail("eth_type", ether_type_name(page.shown.ether_type));
  l.end();
}

void arp_line(const Page& page) {
  const wire::Arp& arp = *page.shown.arp;
  Line l = page.line("arp");
  if (page.verb == "send") {
    l.detail("mac_dst", arp.target_mac.to_string());
    l.detail("mac_src", arp.sender_mac.to_string());
    l.detail("ip_dst", arp.target.to_string());
    l.detail("ip_src", arp.sender.to_string());
  } else {
    l.detail("mac_src", arp.sender_mac.to_string());
    l.detail("mac_dst", arp.target_mac.to_string());
    l.detail("ip_src", arp.sender.to_string());
    l.detail("ip_dst", arp.target.to_string());
  }
  l.detail("op", fmt::format("ArpOperation({})", arp.operation));
  l.end();
}

void ip_line(const Page& page, const LogColumns& columns) {
  Line l = page.line(page.shown.ip_version == 4 ? "ipv4" : "ipv6");
  l.columns(columns);
  l.detail("next_proto", ip_protocol_name(page.shown.ip_protocol));
  l.end();
}

void transport_line(const Page& page, const LogColumns& columns) {
  const FrameLayers& f = page.shown;
  static constexpr std::array<std::string_view, 5> kLayers{"", "icmpv4", "icmpv6", "tcp", "udp"};
  Line l = page.line(kLayers[static_cast<size_t>(f.transport)]);
  l.columns(columns);
  if (f.transport == Transport::kTcp) {
    l.detail("flags", f.tcp_flags);
    l.detail("seq", f.sequence);
    l.detail("ack", f.acknowledgment);
  } else if (f.transport == Transport::kIcmpv4) {
    l.detail("icmp_type", fmt::format("IcmpType({})", f.icmp_type));
    l.detail("icmp_code", fmt::format("IcmpCode({})", f.icmp_code));
  } else if (f.transport == Transport::kIcmpv6) {
    l.detail("icmpv6_type", fmt::format("Icmpv6Type({})", f.icmp_type));
    l.detail("icmpv6_code", fmt::format("Icmpv6Code({})", f.icmp_code));
  }
  l.end();
}

void set_ports(LogColumns& columns, uint16_t client, uint16_t server) {
  columns.port_src = client;
  columns.port_dst = server;
}

// The recv lines as far as `depth`, while `columns` grows.
void ascend(const Page& page, FrameStop depth, LogColumns& columns) {
  const FrameLayers& f = page.shown;
  if (f.has_ethernet) ethernet_line(page, columns);
  if (depth == FrameStop::kLink) return;
  if (f.has_ethernet) {
    columns.mac_src = f.source_mac;
    columns.mac_dst = f.destination_mac;
  }
  if (f.arp) {
    arp_line(page);
    if (f.arp->operation == wire::arp_operation::kRequest) arp_line(page);
  }
  if (f.ip_version == 0) return;
  columns.ip_src = f.source;
  columns.ip_dst = f.destination;
  ip_line(page, columns);
  if (depth == FrameStop::kNetwork) return;
  columns.transport = f.ip_protocol;
  if (f.transport == Transport::kTcp) set_ports(columns, f.source_port, f.destination_port);
  if (f.transport != Transport::kNone) transport_line(page, columns);
  // masscanned learns the ports of UDP only after its line.
  if (f.transport == Transport::kUdp) set_ports(columns, f.source_port, f.destination_port);
}

// The drop lines from `depth` down.
void descend(const Page& page, FrameStop depth, const LogColumns& columns) {
  const FrameLayers& f = page.shown;
  // masscanned has no drop line for an ICMPv6 message whose code is not 0.
  const bool told = f.transport != Transport::kIcmpv6 || f.icmp_code == 0;
  if (depth == FrameStop::kTransport && f.transport != Transport::kNone && told) transport_line(page, columns);
  if (depth != FrameStop::kLink && f.arp) arp_line(page);
  if (depth != FrameStop::kLink && f.ip_version != 0) ip_line(page, columns);
  if (f.has_ethernet) ethernet_line(page, columns);
}

}  // namespace

void PacketLines::begin(std::string& out, base::Nanos wall) const {
  for (const char* layer : {"arp", "eth", "ipv4", "ipv6", "icmpv4", "icmpv6", "tcp", "udp"}) {
    Line(out, form_, wall, layer, "init").end();
  }
}

void PacketLines::frame(std::string& out, const SeenFrame& frame) {
  const FrameLayers layers = FrameLayers::read(frame.bytes, link_);
  if (frame.fate == result::FrameFate::kReceived) {
    finish(out);
    received_ = Received{layers, frame.wall};
  } else {
    if (received_ && answers_received(layers)) write_received(out, FrameStop::kTransport);
    write_sent(out, layers, frame.wall);
  }
}

void PacketLines::ignored(std::string& out, FrameStop stop, base::Nanos wall) {
  if (!received_) return;
  const FrameLayers& f = received_->layers;
  // masscanned lets ICMPv6 pass whatever its destination, and drops a solicitation for others as ICMPv6.
  if (stop == FrameStop::kNetwork && f.transport == Transport::kIcmpv6) stop = FrameStop::kTransport;
  write_received(out, stop);
  descend({out, form_, wall, "drop", f}, stop, columns_);
  received_.reset();
}

void PacketLines::finish(std::string& out) {
  if (received_) write_received(out, FrameStop::kTransport);
  received_.reset();
}

void PacketLines::write_received(std::string& out, FrameStop depth) {
  if (std::exchange(received_->written, true)) return;
  columns_ = {};
  ascend({out, form_, received_->wall, "recv", received_->layers}, depth, columns_);
}

bool PacketLines::answers_received(const FrameLayers& sent) const {
  const FrameLayers& f = received_->layers;
  if (f.arp || sent.arp) return f.arp && sent.arp && f.arp->sender == sent.arp->target;
  if (f.ip_version == 0 || f.ip_version != sent.ip_version || f.source != sent.destination) return false;
  return f.transport != sent.transport || !f.has_ports() || f.source_port == sent.destination_port;
}

LogColumns PacketLines::columns_of_answer(const FrameLayers& sent) const {
  LogColumns c;
  if (received_ && answers_received(sent)) {
    c = columns_;
  } else {
    if (sent.has_ethernet) {
      c.mac_src = sent.destination_mac;
      c.mac_dst = sent.source_mac;
    }
    if (sent.ip_version != 0) {
      c.ip_src = sent.destination;
      c.ip_dst = sent.source;
      c.transport = sent.ip_protocol;
    }
  }
  // STUN may answer from another port than was asked.
  if (sent.has_ports()) set_ports(c, sent.destination_port, sent.source_port);
  return c;
}

void PacketLines::write_sent(std::string& out, const FrameLayers& sent, base::Nanos wall) const {
  const LogColumns columns = columns_of_answer(sent);
  const Page page{out, form_, wall, "send", sent};
  if (sent.transport != Transport::kNone) transport_line(page, columns);
  if (sent.ip_version != 0) ip_line(page, columns);
  if (sent.arp) {
    arp_line(page);
    if (sent.arp->operation == wire::arp_operation::kReply) arp_line(page);
  }
  if (sent.has_ethernet) ethernet_line(page, columns);
}

PacketLog::PacketLog(File file, PacketLogForm form, wire::LinkType link, base::Nanos wall)
    : file_(std::move(file)), lines_(form, link) {
  lines_.begin(text_, wall);
  hand_over();
}

void PacketLog::on_frame(const SeenFrame& frame) {
  lines_.frame(text_, frame);
  hand_over();
}

void PacketLog::on_ignored(result::FrameStop stop, base::Nanos wall) {
  lines_.ignored(text_, stop, wall);
  hand_over();
}

void PacketLog::close() {
  lines_.finish(text_);
  hand_over();
  file_.close();
}

void PacketLog::hand_over() {
  if (!text_.empty()) file_.append(text_);
  text_.clear();
}

}  // namespace portolan::output
