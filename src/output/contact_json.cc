// SPDX-License-Identifier: Apache-2.0
#include "output/contact_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "output/base64.h"
#include "output/flow_id.h"
#include "output/frame_layers.h"
#include "output/json.h"
#include "result/field_table.h"
#include "wire/wire.h"

namespace portolan::output {
namespace {

// Members of one object, in the order of the calls.
class Members {
 public:
  Members(std::string& out, std::string_view type) : out_(out) {
    out_ += R"({"rec_type":)";
    append_json_string(out_, type);
  }

  void text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(out_, value);
  }
  void text_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  template <class Integer>
  void number(std::string_view name, Integer value) {
    begin(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void number_if_known(std::string_view name, int32_t value) {
    if (value != result::Contact::kUnknown) number(name, value);
  }
  void yes_if(std::string_view name, bool value) {
    if (value) begin(name), out_ += "true";
  }
  // RFC 3339 with nanoseconds, and the same as a number.
  void time(base::Nanos wall) {
    const std::string milliseconds = result::rfc3339(wall);
    const base::Nanos below = (wall % base::kMillisecond + base::kMillisecond) % base::kMillisecond;
    begin("time");
    fmt::format_to(std::back_inserter(out_), R"("{}{:06}Z")", milliseconds.substr(0, milliseconds.size() - 1), below);
    number("time_ns", wall);
  }
  void flow(const FlowEnd& client, const FlowEnd& server, uint8_t ip_protocol) {
    begin("flow");
    fmt::format_to(std::back_inserter(out_), R"("{:016x}")", flow_id(client, server, ip_protocol));
  }
  void list(std::string_view name, base::Bytes values) {
    begin(name);
    out_.push_back('[');
    for (size_t i = 0; i < values.size(); ++i) {
      fmt::format_to(std::back_inserter(out_), "{}{}", i == 0 ? "" : ",", values[i]);
    }
    out_.push_back(']');
  }
  void payload(base::Bytes payload, uint64_t whole_size) {
    if (whole_size == 0) return;
    begin("payload");
    out_.push_back('"');
    append_base64(out_, payload);
    out_.push_back('"');
    yes_if("payload_cut", payload.size() < whole_size);
  }
  void facts(ContactSink::Facts facts) {
    if (facts.empty()) return;
    begin("facts");
    char before = '{';
    for (const result::NamedValue& fact : facts) {
      out_.push_back(before);
      append_json_string(out_, fact.name);
      out_.push_back(':');
      append_json_string(out_, fact.value);
      before = ',';
    }
    out_.push_back('}');
  }
  void end() { out_ += "}\n"; }

 private:
  // Names are ours and need no escapes.
  void begin(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }

  std::string& out_;
};

std::string protocol_word(const result::Contact& c) {
  if (c.ask == result::Ask::kArp) return "arp";
  switch (c.ip_protocol) {
    case wire::ip_protocol::kIcmpv4:
      return "icmp";
    case wire::ip_protocol::kTcp:
      return "tcp";
    case wire::ip_protocol::kUdp:
      return "udp";
    case wire::ip_protocol::kIcmpv6:
      return "icmpv6";
    default:
      return fmt::format("ip-{}", c.ip_protocol);
  }
}

void tcp_members(Members& out, const result::Contact& c) {
  out.text("tcp_flags", tcp_flag_letters(c.tcp_flags));
  out.number_if_known("window", c.window);
  out.number_if_known("mss", c.mss);
  out.number_if_known("window_scale", c.window_scale);
  if (c.tcp_option_count != 0) {
    out.list("tcp_options", base::Bytes(c.tcp_options).first(std::min<size_t>(c.tcp_option_count, 12)));
  }
  out.number("seq", c.sequence);
  out.number("ack", c.acknowledgment);
}

}  // namespace

void append_contact_json(std::string& out, const result::Contact& c, base::Bytes payload, ContactSink::Facts facts) {
  const bool tcp = c.ip_protocol == wire::ip_protocol::kTcp;
  const bool ports = tcp || c.ip_protocol == wire::ip_protocol::kUdp;
  Members m(out, "contact");
  m.time(c.wall);
  m.flow({c.client, c.client_port}, {c.server, c.server_port}, c.ip_protocol);
  m.text("client_ip", c.client.to_string());
  if (ports) m.number("client_port", c.client_port);
  m.text("server_ip", c.server.to_string());
  if (ports) m.number("server_port", c.server_port);
  m.text("proto", protocol_word(c));
  m.text("ask", result::name(c.ask));
  m.text("deed", result::name(c.deed));
  if (c.has_mac) m.text("mac", c.mac.to_string());
  m.number_if_known("vlan", c.vlan);
  if (c.ask != result::Ask::kArp) m.number("ttl", c.ttl);
  m.number_if_known("ip_id", c.ip_id);
  if (tcp) tcp_members(m, c);
  m.number("payload_size", c.payload_size);
  m.payload(payload, c.payload_size);
  m.text_if_any("protocol", c.protocol);
  m.text_if_any("said", c.said);
  m.number("answer_size", c.answer_size);
  m.facts(facts);
  m.end();
}

void append_conversation_json(std::string& out, const result::Conversation& c, base::Bytes payload,
                              ContactSink::Facts facts) {
  Members m(out, "conversation");
  m.time(c.wall);
  m.flow({c.client, c.client_port}, {c.server, c.server_port}, wire::ip_protocol::kTcp);
  m.text("client_ip", c.client.to_string());
  m.number("client_port", c.client_port);
  m.text("server_ip", c.server.to_string());
  m.number("server_port", c.server_port);
  m.text("proto", "tcp");
  m.number("ttl", c.ttl);
  m.number_if_known("window", c.window);
  m.number("duration_ns", c.duration);
  m.text("ending", result::name(c.ending));
  m.yes_if("forwarded", c.forwarded);
  m.number("segments_in", c.segments_in);
  m.number("segments_out", c.segments_out);
  m.number("bytes_in", c.bytes_in);
  m.number("bytes_out", c.bytes_out);
  m.payload(payload, c.bytes_in);
  m.text_if_any("protocol", c.protocol);
  m.text_if_any("said", c.said);
  m.facts(facts);
  m.yes_if("facts_cut", c.facts_cut);
  m.end();
}

void ContactJson::on_contact(const result::Contact& contact, base::Bytes payload, Facts facts) {
  append_contact_json(line_, contact, payload, facts);
  hand_over();
}

void ContactJson::on_conversation(const result::Conversation& conversation, base::Bytes payload, Facts facts) {
  append_conversation_json(line_, conversation, payload, facts);
  hand_over();
}

void ContactJson::hand_over() {
  file_.append(line_);
  line_.clear();
}

}  // namespace portolan::output
