// SPDX-License-Identifier: Apache-2.0
#include "proto/pop3/server.h"

#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/sasl.h"

namespace portolan::proto {

namespace {

// Session::step: flags, what the next line is if it is no command, and the count of refused logins above.
constexpr uint32_t kGreeted = 1;
constexpr uint32_t kNamed = 2;
constexpr uint32_t kPlain = 4;
constexpr uint32_t kLoginUser = 8;
constexpr uint32_t kLoginPassword = 16;
constexpr uint32_t kAwaiting = kPlain | kLoginUser | kLoginPassword;
constexpr uint32_t kRefusal = 1 << 8;
constexpr uint32_t kMostRefusals = 3;

constexpr std::array<std::string_view, 4> kGreetings = {
    "+OK Dovecot (Debian) ready.\r\n",
    "+OK Dovecot (Ubuntu) ready.\r\n",
    "+OK Dovecot ready.\r\n",
    "+OK %h Dovecot ready.\r\n",
};

void deny(Session& s, Answer& out) {
  out.said("-ERR");
  out.text("-ERR [AUTH] Authentication failed.\r\n");
  s.step = (s.step & ~kNamed) + kRefusal;
  if (s.step / kRefusal >= kMostRefusals) out.close();
}

void user(Session& s, std::string_view rest, Answer& out) {
  if (rest.empty()) return out.text("-ERR Unknown command.\r\n");
  out.fact("pop3_user", rest);
  s.step |= kNamed;
  out.text("+OK\r\n");
}

void pass(Session& s, std::string_view rest, Answer& out) {
  if ((s.step & kNamed) == 0) return out.text("-ERR No username given.\r\n");
  out.fact("pop3_password", rest);
  deny(s, out);
}

void apop(Session& s, std::string_view rest, Answer& out) {
  out.fact("pop3_user", take_word(rest));
  deny(s, out);
}

void capabilities(Session&, std::string_view, Answer& out) {
  out.text(
      "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN LOGIN\r\n"
      ".\r\n");
}

void login_user(Session& s, std::string_view base64, Answer& out) {
  out.fact("pop3_user", Decoded(base64).text());
  s.step |= kLoginPassword;
  out.text("+ UGFzc3dvcmQ6\r\n");
}

void auth(Session& s, std::string_view rest, Answer& out) {
  const std::string_view mechanism = take_word(rest);
  if (mechanism.empty()) return out.text("+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n");
  const bool login = same_ignoring_case(mechanism, "LOGIN");
  if (!login && !same_ignoring_case(mechanism, "PLAIN")) {
    return out.text("-ERR Unsupported authentication mechanism.\r\n");
  }
  if (rest.empty()) {
    s.step |= login ? kLoginUser : kPlain;
    return out.text(login ? "+ VXNlcm5hbWU6\r\n" : "+ \r\n");
  }
  if (login) return login_user(s, rest, out);
  tell_plain(out, rest, "pop3_user", "pop3_password");
  deny(s, out);
}

// A line that answers our "+ ".
void credentials(Session& s, std::string_view line, Answer& out) {
  const uint32_t awaited = s.step & kAwaiting;
  s.step &= ~kAwaiting;
  if (line == "*") return out.text("-ERR Authentication aborted by client.\r\n");
  if (awaited == kLoginUser) return login_user(s, line, out);
  if (awaited == kPlain) tell_plain(out, line, "pop3_user", "pop3_password");
  if (awaited == kLoginPassword) out.fact("pop3_password", Decoded(line).text());
  deny(s, out);
}

void no_tls(Session&, std::string_view, Answer& out) { out.text("-ERR TLS support isn't enabled.\r\n"); }

void quit(Session&, std::string_view, Answer& out) {
  out.said("+OK");
  out.text("+OK Logging out\r\n");
  out.close();
}

constexpr Command kCommands[] = {
    {"USER", user}, {"PASS", pass},   {"APOP", apop}, {"CAPA", capabilities},
    {"AUTH", auth}, {"STLS", no_tls}, {"QUIT", quit},
};

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("+OK");
  say(out, *s.persona, pick(*s.persona, "pop3", kGreetings));
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  return by_line(pending, [&](std::string_view rest) {
    if ((s.step & kGreeted) == 0) greet(s, out);
    if ((s.step & kAwaiting) != 0) return credentials(s, rest, out);
    const Command* const known = find_command(kCommands, take_word(rest));
    if (known != nullptr) return known->play(s, rest, out);
    out.said("-ERR");
    out.text("-ERR Unknown command.\r\n");
  });
}

constexpr uint16_t kPorts[] = {110, 1100};
constexpr std::string_view kOpenings[] = {"CAPA\n", "APOP ", "STLS\n"};
constexpr std::string_view kOpeningsAtHome[] = {"CAPA\n", "APOP ", "STLS\n", "USER ", "AUTH "};

Match recognize(base::Bytes first, const Ends& ends) {
  if (ends.server_port == 110 || ends.server_port == 995) return begin_with_one_of(first, kOpeningsAtHome);
  return begin_with_one_of(first, kOpenings);
}

constexpr FactName kFacts[] = {
    {"pop3_user", "the first name that was given to log in"},
    {"pop3_password", "the first password that was given to log in"},
};

}  // namespace

constinit const Server kPop3 = {
    .name = "pop3",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
