// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/server.h"

#include <array>

#include "proto/smb/ntlm.h"
#include "proto/smb/smb1.h"
#include "proto/smb/smb2.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

constexpr std::array<uint16_t, 2> kPorts = {139, 445};
constexpr size_t kFrame = 4;  // NetBIOS header: type, 24 bits of length
constexpr size_t kMostReply = 1280;

// RFC 1002, 4.3.1
constexpr uint8_t kMessage = 0x00;
constexpr uint8_t kSessionRequest = 0x81;
constexpr uint8_t kPositiveResponse = 0x82;
constexpr uint8_t kKeepAlive = 0x85;

constexpr FactName kFacts[] = {
    {"smb_dialect", "the SMB dialect that was agreed on: NT LM 0.12, 2.1, 3.1.1"},
    {"smb_dialects", "the SMB2 dialects that the client offers, as hexadecimal numbers in its order"},
    {"smb_called", "the NetBIOS name that a session request calls"},
    {"smb_user", "the user name of an SMB log-on"},
    {"smb_domain", "the domain of an SMB log-on"},
    {"smb_workstation", "what the client calls itself in an NTLM log-on"},
};

// Session::step
enum : uint32_t { kFramed = 0, kEnough = 1 };

bool begins_smb(base::Bytes message) {
  return message.size() >= 4 && (message[0] == 0xff || message[0] == 0xfe) && text_of(message.subspan(1, 3)) == "SMB";
}

// Of the first bytes, whether they are those of a bare message.
Match match_bare(base::Bytes first) {
  if (!first.empty() && first[0] != 0xff && first[0] != 0xfe) return Match::kNo;
  const Head rest = head_of(text_of(first.subspan(std::min<size_t>(1, first.size()))), "SMB");
  if (rest == Head::kNo) return Match::kNo;
  return rest == Head::kWhole ? Match::kYes : Match::kMore;
}

// A session request begins with a name of 32 letters from A to P, half a byte each.
Match match_session_request(base::Bytes first) {
  const auto differs = [&](size_t at, uint8_t byte) { return first.size() > at && first[at] != byte; };
  if (differs(4, 0x20) || (first.size() > 1 && first[1] > 1)) return Match::kNo;
  for (size_t i = 5; i < std::min<size_t>(first.size(), 9); ++i) {
    if (first[i] < 'A' || first[i] > 'P') return Match::kNo;
  }
  return first.size() < 9 ? Match::kMore : Match::kYes;
}

Match recognize(base::Bytes first, const Ends&) {
  if (first.empty()) return Match::kMore;
  if (first[0] == kSessionRequest) return match_session_request(first);
  if (first[0] != kMessage) return match_bare(first);
  return first.size() <= kFrame ? Match::kMore : match_bare(first.subspan(kFrame));
}

// The name that a session request calls, without the spaces that fill it and the byte of its kind.
void tell_called(base::Bytes request, Answer& out) {
  smb::ShortText name;
  if (request.size() < 33) return;
  for (size_t i = 1; i < 31; i += 2) {
    const int c = (request[i] - 'A') << 4 | (request[i + 1] - 'A');
    if (c == ' ') break;
    name.put(static_cast<char>(c));
  }
  out.fact("smb_called", name.text());
}

void serve_message(const Session& session, base::Bytes message, base::Writer& reply, Answer& out) {
  if (message[0] == 0xff) {
    if (message.size() >= smb1::kHeader) smb1::serve(session, message, reply, out);
  } else if (message.size() >= smb2::kHeader) {
    smb2::serve(session, message, reply, out);
  }
}

// Without frames nobody knows where the next message begins; so one is answered, and no other after it.
Step serve_bare(Session& session, base::Bytes pending, Answer& out) {
  const auto size = pending[0] == 0xff ? smb1::size_of(pending) : smb2::size_of(pending);
  if (!size || *size > pending.size()) return Step::more();
  std::array<uint8_t, kMostReply> room;
  base::Writer reply(room);
  serve_message(session, pending.first(*size), reply, out);
  out.bytes(reply.written());
  session.step = kEnough;
  return Step::taken(pending.size());
}

void serve_frame(Session& session, uint8_t type, base::Bytes message, Answer& out) {
  if (type == kSessionRequest) {
    tell_called(message, out);
    out.out().be32(uint32_t{kPositiveResponse} << 24);
    out.said("session");
  }
  if (type != kMessage || !begins_smb(message)) return;
  std::array<uint8_t, kMostReply> room;
  base::Writer reply(room);
  serve_message(session, message, reply, out);
  if (reply.size() == 0 || !reply.ok()) return;
  out.out().be32(static_cast<uint32_t>(reply.size()));
  out.bytes(reply.written());
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (session.step == kEnough) return Step::taken(pending.size());
  if (match_bare(pending) != Match::kNo) {
    return pending.size() < 4 ? Step::more() : serve_bare(session, pending, out);
  }
  if (pending.size() < kFrame) return Step::more();
  const uint8_t type = pending[0];
  if (type != kMessage && type != kSessionRequest && type != kKeepAlive) return Step::foreign();
  const size_t size = kFrame + (base::load_be32(pending.data()) & 0xffffff);
  if (pending.size() < size) return Step::more();
  serve_frame(session, type, pending.subspan(kFrame, size - kFrame), out);
  return Step::taken(size);
}

}  // namespace

constinit const Server kSmb{.name = "smb",
                            .tcp = true,
                            .udp = true,
                            .masscanned = true,
                            .recognize = recognize,
                            .serve = serve,
                            .ports = kPorts,
                            .facts = kFacts};

}  // namespace portolan::proto
