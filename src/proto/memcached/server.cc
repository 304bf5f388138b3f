// SPDX-License-Identifier: Apache-2.0
#include "proto/memcached/server.h"

#include <fmt/format.h>

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr size_t kFrame = 8;    // UDP: request id, sequence number, datagrams, reserved
constexpr size_t kHeader = 24;  // of the binary protocol
constexpr uint8_t kRequest = 0x80, kResponse = 0x81;
constexpr size_t kMostValue = 8192;

constexpr std::array<std::string_view, 5> kVersions = {"1.6.18", "1.5.22", "1.5.6", "1.4.25", "1.6.21"};
std::string_view version_of(const Session& s) { return pick(*s.persona, "memcached", kVersions); }

void version(Session& s, std::string_view, Answer& out) { say(out, *s.persona, "VERSION %w\r\n", version_of(s)); }

void stats(Session& s, std::string_view rest, Answer& out) {
  if (!rest.empty()) return out.text("END\r\n");
  const int64_t now = s.wall / base::kSecond;
  std::array<char, 1024> text;
  const auto end = fmt::format_to_n(
      text.data(), text.size(),
      "STAT pid {}\r\nSTAT uptime {}\r\nSTAT time {}\r\nSTAT version {}\r\nSTAT libevent 2.1.12-stable\r\n"
      "STAT pointer_size 64\r\nSTAT max_connections 1024\r\nSTAT curr_connections 2\r\nSTAT total_connections 17\r\n"
      "STAT cmd_get 0\r\nSTAT cmd_set 0\r\nSTAT cmd_flush 0\r\nSTAT get_hits 0\r\nSTAT get_misses 0\r\n"
      "STAT limit_maxbytes 67108864\r\nSTAT threads 4\r\nSTAT bytes 0\r\nSTAT curr_items 0\r\nSTAT total_items 0\r\n"
      "STAT evictions 0\r\nEND\r\n",
      400 + (host_word(s, "memcached") & 0x3ff),
      (static_cast<uint64_t>(now) + (host_word(s, "memcached", 1) & 0xffffff)) % 8640000, now, version_of(s));
  out.text({text.data(), std::min(end.size, text.size())});
}

void missing(Session&, std::string_view rest, Answer& out) {
  out.fact("memcached_key", take_word(rest));
  out.text("END\r\n");
}
void not_found(Session&, std::string_view rest, Answer& out) {
  out.fact("memcached_key", take_word(rest));
  if (!rest.ends_with("noreply")) out.text("NOT_FOUND\r\n");
}
void fine(Session&, std::string_view rest, Answer& out) {
  if (!rest.ends_with("noreply")) out.text("OK\r\n");
}
void quit(Session&, std::string_view, Answer& out) { out.close(); }

constexpr Command kCommands[] = {
    {"version", version}, {"stats", stats},      {"get", missing},    {"gets", missing},
    {"gat", missing},     {"delete", not_found}, {"incr", not_found}, {"decr", not_found},
    {"touch", not_found}, {"flush_all", fine},   {"verbosity", fine}, {"quit", quit},
};

constexpr std::string_view kStores[] = {"set", "add", "replace", "append", "prepend", "cas"};
bool is_store(std::string_view verb) {
  return std::find(std::begin(kStores), std::end(kStores), verb) != std::end(kStores);
}

// A storage command: key, flags, expiry, bytes; then so many bytes and CRLF. `line` is the command's.
Step serve_store(base::Bytes pending, const Line& line, Answer& out) {
  std::string_view rest = line.text;
  const std::string_view verb = take_word(rest);
  const std::string_view key = take_word(rest);
  take_word(rest), take_word(rest);
  const auto bytes = number_of(take_word(rest));
  if (!bytes) {
    out.text("ERROR\r\n");
    return Step::taken(line.size);
  }
  if (*bytes > kMostValue) {
    out.text("SERVER_ERROR object too large for cache\r\n");
    out.close();
    return Step::taken(line.size);
  }
  const size_t size = line.size + static_cast<size_t>(*bytes) + 2;
  if (pending.size() < size) return Step::more();
  out.fact("memcached_command", verb);
  out.fact("memcached_key", key);
  out.fact("memcached_value", text_of(pending.subspan(line.size, static_cast<size_t>(*bytes))));
  const bool whole = text_of(pending.subspan(size - 2, 2)) == "\r\n";
  if (!whole) out.text("CLIENT_ERROR bad data chunk\r\n");
  if (whole && !line.text.ends_with("noreply"))
    out.text(verb == "set" || verb == "add" ? "STORED\r\n" : "NOT_STORED\r\n");
  return Step::taken(size);
}

Step serve_text(Session& s, base::Bytes pending, Answer& out) {
  const Line line = first_line(pending);
  if (line.foreign) return Step::foreign();
  if (line.size == 0) return Step::more();
  std::string_view rest = line.text;
  const std::string_view verb = take_word(rest);
  if (is_store(verb)) return serve_store(pending, line, out);
  if (const Command* known = find_command(kCommands, verb)) {
    out.fact("memcached_command", verb);
    out.said(known->verb);
    known->play(s, rest, out);
  } else {
    out.text("ERROR\r\n");
  }
  return Step::taken(line.size);
}

// --- binary ---

constexpr uint8_t kGet = 0x00, kQuit = 0x07, kNoop = 0x0a, kVersion = 0x0b, kStat = 0x10;
constexpr uint16_t kNotFound = 1, kUnknownCommand = 0x81;

void say_binary(base::Bytes request, uint16_t status, std::string_view value, Answer& out) {
  base::Writer& w = out.out();
  w.u8(kResponse);
  w.u8(request[1]);
  w.zeros(4);  // key length, extras length, data type
  w.be16(status);
  w.be32(static_cast<uint32_t>(value.size()));
  w.bytes(request.subspan(12, 4));  // opaque
  w.zeros(8);
  out.text(value);
}

void play_binary(Session& s, base::Bytes request, Answer& out) {
  switch (request[1]) {
    case kVersion:
      out.said("version");
      return say_binary(request, 0, version_of(s), out);
    case kNoop:
    case kStat:  // an empty packet ends a list that has nothing in it
      return say_binary(request, 0, {}, out);
    case kQuit:
      say_binary(request, 0, {}, out);
      return out.close();
    case kGet:
      return say_binary(request, kNotFound, "Not found", out);
    default:
      return say_binary(request, kUnknownCommand, "Unknown command", out);
  }
}

// Whether a binary header's lengths can be true. REQUIRES: 12 bytes.
bool is_sane(base::Bytes header) {
  const size_t key = base::load_be16(&header[2]);
  const size_t body = base::load_be32(&header[8]);
  return header[5] == 0 && key <= 250 && body >= key + header[4] && body <= kMostValue;
}

Step serve_binary(Session& s, base::Bytes pending, Answer& out) {
  if (pending.size() < kHeader) return Step::more();
  if (!is_sane(pending)) return Step::foreign();
  const size_t size = kHeader + base::load_be32(&pending[8]);
  if (pending.size() < size) return Step::more();
  play_binary(s, pending.first(size), out);
  return Step::taken(size);
}

// --- UDP: version, and that nothing is there; never more ---

Step serve_datagram(Session& s, base::Bytes datagram, Answer& out) {
  const base::Bytes text = datagram.subspan(std::min(kFrame, datagram.size()));
  const Line line = first_line(text);
  if (datagram.size() < kFrame || line.size == 0) return Step::foreign();
  std::string_view rest = line.text;
  const std::string_view verb = take_word(rest);
  out.fact("memcached_command", verb);
  out.bytes(datagram.first(2));
  out.bytes(std::array<uint8_t, 6>{0, 0, 0, 1, 0, 0});
  if (verb == "version") {
    version(s, {}, out);
  } else {
    out.text(verb == "get" || verb == "gets" ? "END\r\n" : "ERROR\r\n");
  }
  return Step::taken(datagram.size());
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  if (pending.empty()) return Step::more();
  if (s.ends.transport == Transport::kUdp) return serve_datagram(s, pending, out);
  return pending[0] == kRequest ? serve_binary(s, pending, out) : serve_text(s, pending, out);
}

// Small letters, as the protocol has them, and behind each what HTTP's and Redis's requests have not.
constexpr std::string_view kOpenings[] = {"stats\r\n", "stats ",     "version\r\n", "version\n", "get ",
                                          "gets ",     "set ",       "add ",        "delete ",   "flush_all",
                                          "stats\n",   "verbosity ", "incr "};

Match recognize_text(base::Bytes first) {
  const std::string_view text = text_of(first);
  Match best = Match::kNo;
  for (const std::string_view opening : kOpenings) {
    const Head head = head_of(text, opening);
    if (head == Head::kWhole) return Match::kYes;
    if (head == Head::kPart) best = Match::kMore;
  }
  return best;
}

Match recognize_datagram(base::Bytes datagram) {
  if (datagram.size() <= kFrame) return Match::kNo;
  const base::Bytes head = datagram.first(kFrame);
  const bool single =
      base::load_be16(&head[2]) == 0 && base::load_be16(&head[4]) == 1 && base::load_be16(&head[6]) == 0;
  return single && recognize_text(datagram.subspan(kFrame)) == Match::kYes ? Match::kYes : Match::kNo;
}

Match recognize(base::Bytes first, const Ends& ends) {
  if (ends.transport == Transport::kUdp) return recognize_datagram(first);
  if (first.empty()) return Match::kMore;
  if (first[0] != kRequest) return recognize_text(first);
  if (first.size() > 1 && first[1] > 0x28) return Match::kNo;
  if (first.size() < kHeader) return first.size() < 12 || is_sane(first) ? Match::kMore : Match::kNo;
  return is_sane(first) ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {11211};
constexpr FactName kFacts[] = {
    {"memcached_command", "the first command"},
    {"memcached_key", "the first key that was asked for or set"},
    {"memcached_value", "the first value that was set"},
};

}  // namespace

constinit const Server kMemcached = {
    .name = "memcached",
    .tcp = true,
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
