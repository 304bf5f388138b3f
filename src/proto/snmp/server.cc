// SPDX-License-Identifier: Apache-2.0
#include "proto/snmp/server.h"

#include <fmt/format.h>

#include "proto/ber.h"
#include "proto/picks.h"
#include "proto/snmp/discovery.h"
#include "proto/snmp/mib.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

enum Pdu : uint8_t { kGet = 0xa0, kGetNext = 0xa1, kResponse = 0xa2, kSet = 0xa3, kGetBulk = 0xa5, kInform = 0xa6 };
enum Error : int64_t { kNoError = 0, kTooBig = 1, kNoSuchName = 2, kNotWritable = 17 };
constexpr uint8_t kNoSuchObject = 0x80, kEndOfMib = 0x82;  // instead of a value, since version 2
constexpr size_t kMostBindings = 64;
constexpr int64_t kMostRepetitions = 16;

struct Request {
  int64_t version = 0;  // 0 is version 1, 1 is 2c
  base::Bytes community;
  uint8_t type = 0;
  base::Bytes id;      // an element
  int64_t first = 0;   // error status; of GetBulk: the variables that are not repeated
  int64_t second = 0;  // error index; of GetBulk: how often the others are
  base::Bytes bindings;
};

bool read(base::Bytes datagram, Request& r) {
  BerReader in = BerReader(datagram).inside(ber::kSequence);
  r.version = in.integer();
  r.community = in.next(ber::kOctets);
  const BerElement pdu = in.next();
  if (!in.ok()) return false;
  r.type = pdu.tag;
  BerReader fields(pdu.value);
  const BerElement id = fields.next();
  r.id = id.whole;
  r.first = fields.integer();
  r.second = fields.integer();
  r.bindings = fields.next(ber::kSequence);
  return fields.ok() && id.tag == ber::kInteger;
}

// The name of the next binding.
base::Bytes take_name(BerReader& bindings) { return bindings.inside(ber::kSequence).next(ber::kOid); }

// The first name in dotted text, for the log.
void tell_name(base::Bytes name, Answer& out) {
  if (name.empty()) return;
  std::array<char, 160> text;
  char* end = fmt::format_to(text.data(), "{}.{}", std::min(name[0] / 40, 2), name[0] - 40 * std::min(name[0] / 40, 2));
  uint32_t number = 0;
  for (const uint8_t byte : name.subspan(1)) {
    number = number << 7 | (byte & 0x7fu);
    if ((byte & 0x80) != 0) continue;
    if (text.data() + text.size() - end < 12) break;
    end = fmt::format_to(end, ".{}", number);
    number = 0;
  }
  out.fact("snmp_name", {text.data(), static_cast<size_t>(end - text.data())});
}

// One response being written.
class Response {
 public:
  Response(const Session& s, const Request& r, Answer& out) : s_(s), r_(r), w_(out.out()) {}

  // Envelope and all; `bindings(*this)` says them.
  template <class SayBindings>
  void say(Error error, int64_t index, SayBindings&& bindings) {
    const size_t message = w_.open(ber::kSequence);
    w_.integer(r_.version);
    w_.element(ber::kOctets, r_.community);
    const size_t pdu = w_.open(kResponse);
    w_.raw(r_.id);
    w_.integer(error);
    w_.integer(index);
    const size_t list = w_.open(ber::kSequence);
    bindings(*this);
    w_.close(list);
    w_.close(pdu);
    w_.close(message);
  }
  // The bindings as they were asked.
  void echo() { w_.raw(r_.bindings); }
  void variable(size_t i) {
    const size_t binding = w_.open(ber::kSequence);
    w_.element(ber::kOid, snmp::name_of(i));
    snmp::say_value(s_, i, w_);
    w_.close(binding);
  }
  void exception(base::Bytes name, uint8_t what) {
    const size_t binding = w_.open(ber::kSequence);
    w_.element(ber::kOid, name);
    w_.null(what);
    w_.close(binding);
  }

 private:
  const Session& s_;
  const Request& r_;
  BerWriter w_;
};

size_t variable_of(const Request& r, base::Bytes name) { return r.type == kGet ? snmp::find(name) : snmp::next(name); }

// The number of the first binding that has no variable, counted from 1; 0: all have one. -1: they are malformed.
int64_t first_missing(const Request& r) {
  BerReader in(r.bindings);
  int64_t missing = 0;
  for (int64_t number = 1; !in.empty(); ++number) {
    const base::Bytes name = take_name(in);
    if (!in.ok() || number > static_cast<int64_t>(kMostBindings)) return -1;
    if (missing == 0 && variable_of(r, name) == snmp::kVariables) missing = number;
  }
  return missing;
}

void say_bindings(const Request& r, Response& response) {
  BerReader in(r.bindings);
  while (!in.empty() && in.ok()) {
    const base::Bytes name = take_name(in);
    const size_t i = variable_of(r, name);
    i == snmp::kVariables ? response.exception(name, r.type == kGet ? kNoSuchObject : kEndOfMib) : response.variable(i);
  }
}

// The binding that GetBulk has for a name in a round. False at the end of the MIB, which is said with the last name.
bool say_repeated(base::Bytes name, size_t round, Response& response) {
  const size_t start = snmp::next(name);
  if (start + round < snmp::kVariables) {
    response.variable(start + round);
    return true;
  }
  response.exception(start == snmp::kVariables ? name : snmp::name_of(snmp::kVariables - 1), kEndOfMib);
  return false;
}

// One round; those that are not repeated have their turn in the first. False when there is nothing behind it.
bool say_round(const Request& r, int64_t round, bool repeats, Response& response) {
  BerReader in(r.bindings);
  bool more = false;
  for (int64_t number = 0; !in.empty() && in.ok(); ++number) {
    const base::Bytes name = take_name(in);
    if (number < r.first) {
      if (round == 0) say_repeated(name, 0, response);
    } else if (repeats) {
      more = say_repeated(name, static_cast<size_t>(round), response) || more;
    }
  }
  return more;
}

void say_bulk(const Request& r, int64_t repetitions, Response& response) {
  int64_t round = 0;
  while (say_round(r, round, round < repetitions, response) && round < repetitions) ++round;
}

void too_big(const Session& s, const Request& r, Answer& out) {
  out.rewind();
  out.said("too big");
  Response(s, r, out).say(kTooBig, 0, [&](Response& response) {
    if (r.version == 0) response.echo();
  });
}

// As many rounds as fit (RFC 3416, 4.2.3).
void get_bulk(const Session& s, const Request& r, Answer& out) {
  const int64_t most = std::clamp<int64_t>(r.second, 0, kMostRepetitions);
  for (int64_t repetitions = most; repetitions >= std::min<int64_t>(most, 1); --repetitions) {
    out.rewind();
    Response(s, r, out).say(kNoError, 0, [&](Response& response) { say_bulk(r, repetitions, response); });
    if (out.ok()) return out.said("bulk");
  }
  too_big(s, r, out);
}

void play(const Session& s, const Request& r, Answer& out) {
  const int64_t missing = first_missing(r);
  if (missing < 0) return;
  if (r.type == kGetBulk) return get_bulk(s, r, out);
  const bool set = r.type == kSet;
  if (set || (r.version == 0 && missing != 0)) {
    out.said(set ? "not writable" : "no such name");
    const Error error = r.version == 0 ? kNoSuchName : kNotWritable;
    return Response(s, r, out).say(error, set ? 1 : missing, [](Response& response) { response.echo(); });
  }
  out.said("response");
  Response(s, r, out).say(kNoError, 0, [&](Response& response) { say_bindings(r, response); });
  if (!out.ok()) too_big(s, r, out);
}

std::string_view name_of_type(uint8_t type) {
  switch (type) {
    case kGet:
      return "get";
    case kGetNext:
      return "get-next";
    case kSet:
      return "set";
    default:
      return "get-bulk";
  }
}

bool is_request(uint8_t type, int64_t version) {
  return type == kGet || type == kGetNext || type == kSet || (type == kGetBulk && version == 1);
}

Step serve(Session& s, base::Bytes datagram, Answer& out) {
  BerReader peek = BerReader(datagram).inside(ber::kSequence);
  if (peek.integer() == 3) return snmp::serve_version3(s, datagram, out);
  Request r;
  if (!read(datagram, r) || !is_request(r.type, r.version)) return Step::foreign();
  const std::string_view community = text_of(r.community);
  out.fact("snmp_version", r.version == 0 ? "1" : "2c");
  out.fact("snmp_community", community);
  out.fact("snmp_operation", name_of_type(r.type));
  BerReader bindings(r.bindings);
  tell_name(take_name(bindings), out);
  if (community == "public" || community == "private") play(s, r, out);
  return Step::taken(datagram.size());
}

// Version 3: its global data, in which the flag is set that responses and reports have not.
bool is_reportable(BerReader in) {
  BerReader global = in.inside(ber::kSequence);
  global.integer();
  global.integer();
  const base::Bytes flags = global.next(ber::kOctets);
  return global.ok() && flags.size() == 1 && (flags[0] & 4) != 0;
}

Match recognize(base::Bytes first, const Ends&) {
  if (first.size() < 2 || first[0] != ber::kSequence) return Match::kNo;
  BerReader in = BerReader(first).inside(ber::kSequence);
  const int64_t version = in.integer();
  if (!in.ok()) return Match::kNo;
  if (version == 3) return is_reportable(in) ? Match::kYes : Match::kNo;
  if (version != 0 && version != 1) return Match::kNo;
  in.next(ber::kOctets);
  return in.ok() && is_request(in.peek(), version) ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {161};
constexpr FactName kFacts[] = {
    {"snmp_version", "1, 2c or 3"},
    {"snmp_community", "the community, which is a password of sorts"},
    {"snmp_user", "the user of version 3"},
    {"snmp_operation", "get, get-next, get-bulk or set"},
    {"snmp_name", "the first variable's name"},
};

}  // namespace

constinit const Server kSnmp = {
    .name = "snmp",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
