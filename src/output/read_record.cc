// SPDX-License-Identifier: Apache-2.0
#include "output/read_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "addr/grammar.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

using addr::Protocol;
using result::Observation;
using result::Proof;
using result::Reason;
using result::State;

// Plain dotted quads, which nearly all are, without the grammar's care for messages.
std::optional<uint32_t> quad_of(std::string_view text) {
  uint32_t value = 0, part = 0;
  int digits = 0, dots = 0;
  for (const char c : text) {
    if (c == '.') {
      if (digits == 0 || ++dots > 3) return std::nullopt;
      value = value << 8 | part, part = 0, digits = 0;
    } else if (c < '0' || c > '9' || ++digits > 3 || (digits == 2 && part == 0)) {
      return std::nullopt;
    } else if ((part = part * 10 + static_cast<uint32_t>(c - '0')) > 255) {
      return std::nullopt;
    }
  }
  if (dots != 3 || digits == 0) return std::nullopt;
  return value << 8 | part;
}

int digits_at(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<State> state_of(std::string_view word) {
  if (word == "open") return State::kOpen;
  if (word == "closed") return State::kClosed;
  if (word == "filtered") return State::kFiltered;
  return word == "up" ? std::optional(State::kUp) : std::nullopt;
}

// What others say that is none of our states, and no damage either.
bool is_other_state(std::string_view word) {
  return word == "open|filtered" || word == "closed|filtered" || word == "unfiltered" || word == "unknown" ||
         word == "down";
}

std::optional<Protocol> protocol_of(std::string_view word) {
  if (word == "tcp") return Protocol::kTcp;
  return addr::protocol_from_name(word);
}

// ICMP errors by their words, made from the words that are written.
const std::unordered_map<std::string, std::pair<int16_t, int16_t>>& icmp_words(bool v4) {
  static const auto make = [](bool four) {
    std::unordered_map<std::string, std::pair<int16_t, int16_t>> words;
    Observation o;
    o.reason = Reason::kIcmpUnreachable;
    if (four) o.target.address = addr::IpAddress::v4(0);
    for (o.icmp_type = 1; o.icmp_type <= 12; ++o.icmp_type) {
      for (o.icmp_code = 0; o.icmp_code < 16; ++o.icmp_code) {
        words.try_emplace(result::reason_text(o), o.icmp_type, o.icmp_code);
      }
    }
    return words;
  };
  static const auto kV4 = make(true), kV6 = make(false);
  return v4 ? kV4 : kV6;
}

std::optional<Reason> plain_reason(std::string_view word) {
  if (word == "syn-ack") return Reason::kSynAck;
  if (word == "rst-ack" || word == "reset" || word == "conn-refused") return Reason::kRst;
  for (int r = 0; r <= static_cast<int>(Reason::kIpResponse); ++r) {
    if (result::name(static_cast<Reason>(r)) == word) return static_cast<Reason>(r);
  }
  return std::nullopt;
}

// False: the word tells nothing ("none", "response").
bool set_reason(std::string_view word, Observation& o) {
  if (const auto plain = plain_reason(word)) {
    o.reason = *plain;
    return true;
  }
  if (o.icmp_type == Observation::kUnknown) {
    const auto& words = icmp_words(o.target.address.is_v4());
    const auto found = words.find(std::string(word));
    if (found == words.end()) return false;
    std::tie(o.icmp_type, o.icmp_code) = found->second;
  }
  o.reason = Reason::kIcmpUnreachable;
  return true;
}

template <class T>
void set_number(std::string_view text, T& into) {
  if (text.empty()) return;
  const auto value = read_number(text);
  if (value && *value <= static_cast<uint64_t>(std::numeric_limits<T>::max())) into = static_cast<T>(*value);
}

void set_tcp_options(std::string_view text, Observation& o) {
  size_t at = 0;
  while (o.tcp_option_count < o.tcp_options.size()) {
    while (at < text.size() && (text[at] < '0' || text[at] > '9')) ++at;
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (from == at) return;
    set_number(text.substr(from, at - from), o.tcp_options[o.tcp_option_count++]);
  }
}

// What only NDJSON and CSV files of ours tell.
void set_details(const Said& said, Observation& o) {
  set_number(said.icmp_type, o.icmp_type);
  set_number(said.icmp_code, o.icmp_code);
  set_number(said.window, o.window);
  set_number(said.mss, o.mss);
  set_number(said.window_scale, o.window_scale);
  if (!said.tcp_options.empty()) set_tcp_options(said.tcp_options, o);
  if (const auto us = read_number(said.rtt_us); us && *us < (uint64_t{1} << 50)) {
    o.rtt = static_cast<base::Nanos>(*us) * base::kMicrosecond;
  }
  for (const Proof p : {Proof::kCookie, Proof::kQuoted, Proof::kEndpoints}) {
    if (result::name(p) == said.proof) o.proof = p;
  }
  if (const auto mac = said.mac.empty() ? std::nullopt : addr::MacAddress::parse(said.mac)) {
    o.mac = *mac, o.has_mac = true;
  }
}

Reason usual_reason(const Observation& o) {
  const bool closed = o.state == State::kClosed;
  switch (o.target.service.protocol) {
    case Protocol::kTcp:
      return closed ? Reason::kRst : Reason::kSynAck;
    case Protocol::kUdp:
      return closed ? Reason::kIcmpUnreachable : Reason::kUdpResponse;
    case Protocol::kSctp:
      return closed ? Reason::kSctpAbort : Reason::kSctpInitAck;
    case Protocol::kIcmpEcho:
      return Reason::kEchoReply;
    case Protocol::kIcmpTimestamp:
      return Reason::kTimestampReply;
    case Protocol::kArp:
      return Reason::kArpReply;
    case Protocol::kNdp:
      return Reason::kNeighborAdvertisement;
    case Protocol::kIp:
      break;
  }
  return closed ? Reason::kIcmpUnreachable : Reason::kIpResponse;
}

// Empty: `target` is set. "-": it is whole, and its protocol has no name.
std::string_view set_target(const Said& said, addr::Target& target) {
  const auto address = read_address(said.ip);
  if (!address) return said.ip.empty() ? "there is no address in it" : "its address cannot be read";
  if (said.protocol == "err" || said.protocol == "oproto") return "-";
  const auto protocol = protocol_of(said.protocol);
  if (!protocol) return said.protocol.empty() ? "there is no protocol in it" : "its protocol is not known";
  const bool may_lack = !addr::has_port(*protocol) && said.port.empty();
  const auto port = may_lack ? std::optional<uint64_t>(0) : read_number(said.port);
  if (!port || *port > 0xffff) return said.port.empty() ? "there is no port in it" : "its port cannot be read";
  target = {*address, {*protocol, static_cast<uint16_t>(*port)}};
  return {};
}

}  // namespace

std::optional<addr::IpAddress> read_address(std::string_view text) {
  if (const auto quad = quad_of(text)) return addr::IpAddress::v4(*quad);
  const auto address = addr::parse_address(text);
  return address ? std::optional(*address) : std::nullopt;
}

std::optional<uint64_t> read_number(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

std::optional<base::Nanos> read_time(std::string_view text) {
  if (const auto seconds = read_number(text); seconds && *seconds < (uint64_t{1} << 33)) {
    return static_cast<base::Nanos>(*seconds) * base::kSecond;
  }
  if (text.size() < 20 || text.back() != 'Z' || text[4] != '-' || text[7] != '-' || text[13] != ':')
    return std::nullopt;
  using namespace std::chrono;
  const int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2), second = digits_at(text, 17, 2);
  if ((year | month | day | hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1700 || year > 2200) return std::nullopt;
  int64_t wall = sys_days(date).time_since_epoch().count() * 86400 + hour * 3600 + minute * 60 + second;
  wall *= base::kSecond;
  if (text[19] == '.' && text.size() > 21) {
    const size_t count = std::min<size_t>(text.size() - 21, 9);
    int64_t part = digits_at(text, 20, count);
    if (part < 0) return std::nullopt;
    for (size_t i = count; i < 9; ++i) part *= 10;
    wall += part;
  }
  return wall;
}

result::Application read_application(std::string_view word) {
  if (const auto known = result::application_from_name(word)) return *known;
  if (word.size() < 3 || word.front() != '(' || word.back() != ')') return {};
  const auto number = read_number(word.substr(1, word.size() - 2));
  return {number && *number <= 0xffff ? static_cast<uint16_t>(*number) : uint16_t{0}};
}

void append_unescaped(std::string& out, std::string_view text) {
  const auto hex = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  while (!text.empty()) {
    const size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const int high = text.size() >= 4 && text[1] == 'x' ? hex(text[2]) : -1;
    const int low = high >= 0 ? hex(text[3]) : -1;
    out.push_back(low >= 0 ? static_cast<char>(high << 4 | low) : '\\');
    text.remove_prefix(low >= 0 ? 4 : 1);
  }
}

void complete(Observation& o, bool has_reason) {
  if (!has_reason) o.reason = usual_reason(o);
  o.responder = o.target.address;
  o.proof = Proof::kEndpoints;
  // masscan says of a host that answers echo requests that it is open.
  if (!addr::has_port(o.target.service.protocol) && o.state == State::kOpen) o.state = State::kUp;
}

std::string_view RecordMaker::tell(const Said& said, result::Sink& into) {
  Observation o;
  const std::string_view wrong = set_target(said, o.target);
  if (wrong == "-") {
    ++counts.left_out;
    return {};
  }
  if (!wrong.empty()) return wrong;
  const std::string_view time = said.time.empty() ? said.seconds : said.time;
  if (!time.empty()) {
    const auto wall = read_time(time);
    if (!wall) return "its time cannot be read";
    o.wall = *wall;
  }
  set_number(said.ttl, o.ttl);
  if (!said.is_banner) return tell_observation(said, o, into);
  tell_banner(said, o, into);
  return {};
}

std::string_view RecordMaker::tell_observation(const Said& said, Observation& o, result::Sink& into) {
  const auto state = state_of(said.status);
  if (!state) {
    if (!is_other_state(said.status)) return said.status.empty() ? "there is no state in it" : "its state is not known";
    ++counts.left_out;
    return {};
  }
  o.state = *state;
  const bool detailed = !said.proof.empty() || !said.icmp_type.empty() || !said.mac.empty();
  if (!said.icmp_type.empty()) set_number(said.icmp_type, o.icmp_type);
  complete(o, set_reason(said.reason, o));
  if (detailed || !said.rtt_us.empty() || !said.window.empty()) set_details(said, o);
  if (const auto from = said.from.empty() ? std::nullopt : read_address(said.from)) o.responder = *from;
  ++counts.observations;
  into.write(o);
  return {};
}

void RecordMaker::tell_banner(const Said& said, const Observation& o, result::Sink& into) {
  ++counts.banners;
  into.banner({o.wall,
               o.target,
               o.ttl,
               read_application(said.service),
               {reinterpret_cast<const uint8_t*>(said.banner.data()), said.banner.size()}});
}

}  // namespace portolan::output
