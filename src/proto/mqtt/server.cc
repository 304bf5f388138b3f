// SPDX-License-Identifier: Apache-2.0
#include "proto/mqtt/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

enum Type : uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
};

// Session::step: the protocol level of the connected client (3, 4 or 5); 0: not connected.
constexpr uint32_t kVersion5 = 5;
constexpr size_t kMostPacket = 12288;

constexpr std::array<std::string_view, 4> kVersions = {"mosquitto version 2.0.11", "mosquitto version 1.6.9",
                                                       "mosquitto version 1.5.7", "mosquitto version 2.0.18"};

struct Head {
  bool bad = false;
  size_t size = 0;       // of type and length; 0: not whole
  size_t remaining = 0;  // bytes behind it
};

// The fixed header: type and flags, then a length of one to four groups of seven bits.
Head fixed_header(base::Bytes bytes) {
  Head head;
  for (size_t i = 1; i < bytes.size() && i <= 4; ++i) {
    head.remaining |= size_t{bytes[i] & 0x7fu} << (7 * (i - 1));
    if ((bytes[i] & 0x80) != 0) continue;
    head.size = i + 1;
    head.bad = head.remaining > kMostPacket;
    return head;
  }
  head.bad = bytes.size() > 4;
  return head;
}

uint8_t packet(Type type) { return static_cast<uint8_t>(type << 4); }

std::string_view take_text(base::Reader& in) { return text_of(in.take(in.be16())); }

// Version 5 puts properties in many places: a length, then so many bytes.
void skip_properties(base::Reader& in) {
  size_t length = 0;
  for (uint32_t shift = 0; shift < 28; shift += 7) {
    const uint8_t group = in.u8();
    length |= size_t{group & 0x7fu} << shift;
    if ((group & 0x80) == 0) break;
  }
  in.skip(length);
}

struct Connect {
  uint8_t level = 0;
  uint8_t flags = 0;
  std::string_view client_id, user, password;
};

bool read_connect(base::Reader& in, Connect& c) {
  const std::string_view name = take_text(in);
  c.level = in.u8();
  c.flags = in.u8();
  in.skip(2);  // keep alive
  if (name != "MQTT" && name != "MQIsdp") return false;
  if (c.level < 3 || c.level > kVersion5) return in.ok();
  if (c.level == kVersion5) skip_properties(in);
  c.client_id = take_text(in);
  if ((c.flags & 4) != 0) {
    if (c.level == kVersion5) skip_properties(in);
    take_text(in), take_text(in);  // will: topic and message
  }
  if ((c.flags & 0x80) != 0) c.user = take_text(in);
  if ((c.flags & 0x40) != 0) c.password = take_text(in);
  return in.ok();
}

void connack(uint8_t level, uint8_t code, Answer& out) {
  base::Writer& w = out.out();
  w.u8(packet(kConnack));
  w.u8(level == kVersion5 ? 3 : 2);
  w.u8(0);  // no session present
  w.u8(code);
  if (level == kVersion5) w.u8(0);
  if (code != 0) out.close();
}

// Version 5's name for a client that brought none.
void connack_with_name(Session& s, Answer& out) {
  constexpr uint8_t kAssignedClientId = 0x12;
  std::array<uint8_t, 8> bytes;
  base::store_be64(bytes.data(), flow_word(s, "mqtt"));
  const Hex<8> id(bytes);
  const std::string_view prefix = "auto-";
  const size_t length = prefix.size() + id.text().size();
  base::Writer& w = out.out();
  w.u8(packet(kConnack));
  w.u8(static_cast<uint8_t>(3 + 3 + length));
  w.be16(0);  // no session present, success
  w.u8(static_cast<uint8_t>(3 + length));
  w.u8(kAssignedClientId);
  w.be16(static_cast<uint16_t>(length));
  out.text(prefix);
  out.text(id.text());
}

void connect(Session& s, base::Reader in, Answer& out) {
  constexpr uint8_t kUnsupported = 1, kIdRejected = 2, kNotAuthorized = 5;
  constexpr uint8_t kBadCredentials5 = 0x86;
  Connect c;
  if (!read_connect(in, c) || s.step != 0) return out.close();
  out.fact("mqtt_version", c.level);
  if (c.level < 3 || c.level > kVersion5) return connack(c.level, kUnsupported, out);
  out.fact("mqtt_client_id", c.client_id);
  if ((c.flags & 0xc0) != 0) {
    out.fact("mqtt_user", c.user);
    out.fact("mqtt_password", c.password);
    out.said("not authorized");
    return connack(c.level, c.level == kVersion5 ? kBadCredentials5 : kNotAuthorized, out);
  }
  const bool clean = (c.flags & 2) != 0;
  if (c.client_id.empty() && c.level < kVersion5 && !clean) return connack(c.level, kIdRejected, out);
  s.step = c.level;
  out.said("accepted");
  c.client_id.empty() && c.level == kVersion5 ? connack_with_name(s, out) : connack(c.level, 0, out);
}

void acknowledge(uint8_t first, uint16_t id, Answer& out) {
  out.out().u8(first);
  out.out().u8(2);
  out.out().be16(id);
}

void publish(uint8_t flags, uint32_t level, base::Reader in, Answer& out) {
  const uint8_t quality = flags >> 1 & 3;
  const std::string_view topic = take_text(in);
  const uint16_t id = quality == 0 ? uint16_t{0} : in.be16();
  if (level == kVersion5) skip_properties(in);
  if (!in.ok() || quality == 3) return out.close();
  out.fact("mqtt_topic", topic);
  out.fact("mqtt_message", text_of(in.rest()));
  out.said("published");
  if (quality != 0) acknowledge(packet(quality == 1 ? kPuback : kPubrec), id, out);
}

// What brokers keep for those who ask about the broker itself.
void say_version(const Session& s, Answer& out) {
  constexpr std::string_view kTopic = "$SYS/broker/version";
  constexpr uint8_t kRetained = 1;
  const std::string_view version = pick(*s.persona, "mqtt", kVersions);
  const size_t properties = s.step == kVersion5 ? 1 : 0;
  out.out().u8(packet(kPublish) | kRetained);
  out.out().u8(static_cast<uint8_t>(2 + kTopic.size() + properties + version.size()));
  out.out().be16(static_cast<uint16_t>(kTopic.size()));
  out.text(kTopic);
  out.out().zeros(properties);
  out.text(version);
}

bool covers_version(std::string_view filter) {
  return filter == "$SYS/#" || filter == "$SYS/broker/#" || filter == "$SYS/broker/version" ||
         filter == "$SYS/broker/+";
}

// The answer to SUBSCRIBE and UNSUBSCRIBE has a byte for each topic.
void subscribe(const Session& s, Type type, base::Reader in, Answer& out) {
  const uint32_t level = s.step;
  bool version = false;
  constexpr size_t kMostTopics = 64;
  std::array<uint8_t, kMostTopics> granted{};
  size_t count = 0;
  const uint16_t id = in.be16();
  if (level == kVersion5) skip_properties(in);
  while (in.ok() && in.left() != 0 && count < kMostTopics) {
    const std::string_view topic = take_text(in);
    const uint8_t options = type == kSubscribe ? in.u8() : uint8_t{0};
    if (in.ok()) out.fact("mqtt_subscription", topic);
    version = version || (type == kSubscribe && covers_version(topic));
    granted[count++] = std::min<uint8_t>(options & 3, 2);
  }
  if (!in.ok() || count == 0) return out.close();
  // Before version 5 an UNSUBACK has no reasons.
  const size_t reasons = type == kUnsubscribe && level != kVersion5 ? 0 : count;
  const bool properties = level == kVersion5;
  out.out().u8(packet(type == kSubscribe ? kSuback : kUnsuback));
  out.out().u8(static_cast<uint8_t>(2 + (properties ? 1 : 0) + reasons));
  out.out().be16(id);
  if (properties) out.out().u8(0);
  out.bytes(base::Bytes(granted).first(reasons));
  if (version) say_version(s, out);
}

void play(Session& s, uint8_t first, base::Bytes body, Answer& out) {
  base::Reader in(body);
  const auto type = static_cast<Type>(first >> 4);
  if (type == kConnect) return connect(s, in, out);
  if (s.step == 0) return out.close();  // whoever does not begin with CONNECT is not spoken to
  switch (type) {
    case kPublish:
      return publish(first & 15, s.step, in, out);
    case kPubrec:
      return acknowledge(packet(kPubrel) | 2, in.be16(), out);
    case kPubrel:
      return acknowledge(packet(kPubcomp), in.be16(), out);
    case kSubscribe:
    case kUnsubscribe:
      return subscribe(s, type, in, out);
    case kPingreq:
      return out.bytes(std::array<uint8_t, 2>{packet(kPingresp), 0});
    case kPuback:
    case kPubcomp:
      return;
    default:  // DISCONNECT, and what only a server says
      return out.close();
  }
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  const Head head = fixed_header(pending);
  if (head.bad) return Step::foreign();
  if (head.size == 0 || pending.size() - head.size < head.remaining) return Step::more();
  play(s, pending[0], pending.subspan(head.size, head.remaining), out);
  return Step::taken(head.size + head.remaining);
}

// CONNECT with one of the two names that the protocol has had.
Match recognize(base::Bytes first, const Ends&) {
  using namespace std::string_view_literals;
  if (first.empty()) return Match::kMore;
  if (first[0] != packet(kConnect)) return Match::kNo;
  const Head head = fixed_header(first);
  if (head.bad) return Match::kNo;
  if (head.size == 0) return Match::kMore;
  const std::string_view name = text_of(first.subspan(head.size));
  for (const std::string_view known : {"\0\x04MQTT"sv, "\0\x06MQIsdp"sv}) {
    const auto fit = head_of(name, known);
    if (fit != proto::Head::kNo) return fit == proto::Head::kWhole ? Match::kYes : Match::kMore;
  }
  return Match::kNo;
}

constexpr uint16_t kPorts[] = {1883};
constexpr FactName kFacts[] = {
    {"mqtt_version", "the protocol level: 3 is 3.1, 4 is 3.1.1, 5 is 5.0"},
    {"mqtt_client_id", "the client's identifier"},
    {"mqtt_user", "the name that was given to log in"},
    {"mqtt_password", "the password that was given to log in"},
    {"mqtt_topic", "the first topic that was published to"},
    {"mqtt_message", "the first message that was published"},
    {"mqtt_subscription", "the first topic that was subscribed to"},
};

}  // namespace

constinit const Server kMqtt = {
    .name = "mqtt",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
