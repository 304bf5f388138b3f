// SPDX-License-Identifier: Apache-2.0
#include "proto/sip/server.h"

#include <fmt/format.h>

#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/sip/request.h"

namespace portolan::proto {

namespace {

using sip::Request;

constexpr std::array<std::string_view, 5> kProducts = {
    "Asterisk PBX 16.28.0~dfsg-0+deb11u3",
    "Asterisk PBX 18.10.0~dfsg+~cs6.10.40431411-2",
    "FPBX-16.0.40.4(18.20.2)",
    "OpenSIPS (3.2.13 (x86_64/linux))",
    "kamailio (5.4.4 (x86_64/linux))",
};

enum class Extras : uint8_t { kNone, kServer, kOptions, kChallenge };

void line(Answer& out, std::string_view name, std::string_view value) {
  out.text(name);
  out.text(": ");
  out.text(value);
  out.text("\r\n");
}

// Where ";rport" without a value stands in a Via; npos: nowhere.
size_t find_rport(std::string_view via) {
  constexpr std::string_view kRport = ";rport";
  const size_t at = via.find(kRport);
  if (at == std::string_view::npos) return at;
  const std::string_view rest = via.substr(at + kRport.size());
  return rest.empty() || rest[0] == ';' || rest[0] == ',' || rest[0] == ' ' ? at : std::string_view::npos;
}

// The first Via gets where the request really came from (RFC 3261, 18.2.1; RFC 3581, 4).
void first_via(const Session& s, std::string_view via, Answer& out) {
  out.text("Via: ");
  const size_t rport = find_rport(via);
  size_t end = std::min(via.find(','), via.size());
  if (rport < end) {
    out.text(via.substr(0, rport));
    out.text(";rport=");
    put_number(out, s.ends.client_port);
    via.remove_prefix(rport + 6);
    end = std::min(via.find(','), via.size());
  }
  out.text(via.substr(0, end));
  out.text(";received=");
  say_address(out, s.ends.client);
  out.text(via.substr(end));
  out.text("\r\n");
}

void challenge(const Session& s, Answer& out) {
  std::array<uint8_t, 8> nonce;
  base::store_be64(nonce.data(), flow_word(s, "sip", 1));
  out.text("WWW-Authenticate: Digest algorithm=MD5, realm=\"asterisk\", nonce=\"");
  out.text(Hex<8>(nonce).text());
  out.text("\"\r\n");
}

void say_extras(const Session& s, Extras extras, Answer& out) {
  if (extras == Extras::kChallenge) challenge(s, out);
  if (extras == Extras::kOptions) {
    line(out, "Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH, MESSAGE");
    line(out, "Accept", "application/sdp");
    line(out, "Supported", "replaces, timer");
  }
  if (extras != Extras::kNone) line(out, "Server", pick(*s.persona, "sip", kProducts));
}

void respond(const Session& s, const Request& r, std::string_view status, Extras extras, Answer& out) {
  out.text("SIP/2.0 ");
  out.text(status);
  out.text("\r\n");
  first_via(s, r.vias[0], out);
  for (size_t i = 1; i < r.via_count; ++i) line(out, "Via", r.vias[i]);
  line(out, "From", r.from);
  out.text("To: ");
  out.text(r.to);
  if (r.to.find(";tag=") == std::string_view::npos) {
    std::array<uint8_t, 8> tag;
    base::store_be64(tag.data(), flow_word(s, "sip"));
    out.text(";tag=as");
    out.text(Hex<4>(tag).text());
  }
  out.text("\r\n");
  line(out, "Call-ID", r.call_id);
  line(out, "CSeq", r.cseq);
  say_extras(s, extras, out);
  out.text("Content-Length: 0\r\n\r\n");
  out.said(status);
}

struct Plan {
  std::string_view method;
  std::string_view status;
  Extras extras;
  std::string_view shorter;  // the status when the extras do not fit
};
constexpr Plan kPlans[] = {
    {"OPTIONS", "200 OK", Extras::kOptions, "200 OK"},
    {"REGISTER", "401 Unauthorized", Extras::kChallenge, "403 Forbidden"},
    {"INVITE", "404 Not Found", Extras::kServer, "404 Not Found"},
    {"SUBSCRIBE", "489 Bad Event", Extras::kServer, "489 Bad Event"},
    {"NOTIFY", "489 Bad Event", Extras::kServer, "489 Bad Event"},
    {"MESSAGE", "404 Not Found", Extras::kServer, "404 Not Found"},
    {"BYE", "481 Call/Transaction Does Not Exist", Extras::kServer, "481 Call/Transaction Does Not Exist"},
    {"CANCEL", "481 Call/Transaction Does Not Exist", Extras::kServer, "481 Call/Transaction Does Not Exist"},
};
constexpr Plan kUnknown = {"", "501 Not Implemented", Extras::kServer, "501 Not Implemented"};
constexpr Plan kRefused = {"REGISTER", "403 Forbidden", Extras::kServer, "403 Forbidden"};

const Plan& plan_of(const Request& r) {
  if (r.method == "REGISTER" && !r.authorization.empty()) return kRefused;
  for (const Plan& plan : kPlans) {
    if (plan.method == r.method) return plan;
  }
  return kUnknown;
}

void tell(const Request& r, Answer& out) {
  out.fact("sip_method", r.method);
  out.fact("sip_uri", r.uri);
  out.fact("sip_from", r.from);
  out.fact("sip_to", r.to);
  if (!r.user_agent.empty()) out.fact("sip_user_agent", r.user_agent);
  if (!r.authorization.empty()) out.fact("sip_authorization", r.authorization);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  if (pending.empty()) return Step::more();
  // Empty lines between requests keep a connection alive.
  if (pending[0] == '\r' || pending[0] == '\n') return Step::taken(1);
  Request r;
  const Step step = sip::read(pending, s.ends.transport, r);
  if (step.kind != Step::Kind::kTaken) return step;
  tell(r, out);
  if (r.method == "ACK" || !r.complete()) return step;
  const Plan& plan = plan_of(r);
  respond(s, r, plan.status, plan.extras, out);
  if (s.ends.transport == Transport::kUdp && !out.ok()) {
    out.rewind();
    respond(s, r, plan.shorter, Extras::kNone, out);
  }
  return step;
}

constexpr std::string_view kMethods[] = {"OPTIONS", "REGISTER", "INVITE", "ACK",   "BYE",     "CANCEL", "SUBSCRIBE",
                                         "NOTIFY",  "MESSAGE",  "INFO",   "PRACK", "PUBLISH", "REFER",  "UPDATE"};
constexpr std::string_view kSchemes[] = {" sip:", " sips:", " tel:"};

Match recognize_scheme(std::string_view rest) {
  Match best = Match::kNo;
  for (const std::string_view scheme : kSchemes) {
    const Head head = head_of(rest, scheme);
    if (head == Head::kWhole) return Match::kYes;
    if (head == Head::kPart) best = Match::kMore;
  }
  return best;
}

// A method and an address of SIP: HTTP has methods of the same names.
Match recognize(base::Bytes first, const Ends&) {
  const std::string_view text = text_of(first);
  for (const std::string_view method : kMethods) {
    const Head head = head_of(text, method);
    if (head == Head::kPart) return Match::kMore;
    if (head == Head::kWhole) return recognize_scheme(text.substr(method.size()));
  }
  return Match::kNo;
}

constexpr uint16_t kPorts[] = {5060};
constexpr FactName kFacts[] = {
    {"sip_method", "the first request's method"}, {"sip_uri", "what it was for"},
    {"sip_from", "who says he is asking"},        {"sip_to", "whom he asks for"},
    {"sip_user_agent", "the client's software"},  {"sip_authorization", "the credentials that came with it"},
};

}  // namespace

constinit const Server kSip = {
    .name = "sip",
    .tcp = true,
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
