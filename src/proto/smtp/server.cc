// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/server.h"

#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/sasl.h"

namespace portolan::proto {

namespace {

// Session::step: flags, what the next line is if it is no command, and the count of errors above.
constexpr uint32_t kGreeted = 1;
constexpr uint32_t kSender = 2;
constexpr uint32_t kPlain = 4;
constexpr uint32_t kLoginUser = 8;
constexpr uint32_t kLoginPassword = 16;
constexpr uint32_t kError = 1 << 8;
constexpr uint32_t kMostErrors = 20;

constexpr std::array<std::string_view, 5> kGreetings = {
    "220 %h ESMTP Postfix (Debian/GNU)\r\n",
    "220 %h ESMTP Postfix (Ubuntu)\r\n",
    "220 %h ESMTP Postfix\r\n",
    "220 %h ESMTP Postfix (Debian/GNU/5)\r\n",
    "220 %h ESMTP\r\n",
};

void refuse(Session& s, std::string_view reply, Answer& out, std::string_view word = {}) {
  say(out, *s.persona, reply, word);
  s.step += kError;
  if (s.step / kError < kMostErrors) return;
  say(out, *s.persona, "421 4.7.0 %h Error: too many errors\r\n");
  out.close();
}

void helo(Session& s, std::string_view rest, Answer& out) {
  if (rest.empty()) return refuse(s, "501 Syntax: HELO hostname\r\n", out);
  out.fact("smtp_helo", rest);
  out.said("250");
  s.step &= ~kSender;
  say(out, *s.persona, "250 %h\r\n");
}

void ehlo(Session& s, std::string_view rest, Answer& out) {
  if (rest.empty()) return refuse(s, "501 Syntax: EHLO hostname\r\n", out);
  out.fact("smtp_helo", rest);
  out.said("250");
  s.step &= ~kSender;
  say(out, *s.persona,
      "250-%h\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n250-AUTH PLAIN LOGIN\r\n"
      "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250 CHUNKING\r\n");
}

// What stands behind "FROM:" or "TO:", without its brackets and parameters; nullopt: bad syntax.
std::optional<std::string_view> address_of(std::string_view rest, std::string_view keyword) {
  if (!same_ignoring_case(rest.substr(0, keyword.size()), keyword)) return std::nullopt;
  rest = trimmed(rest.substr(keyword.size()));
  if (rest.empty()) return std::nullopt;
  if (!rest.starts_with('<')) return take_word(rest);
  const size_t end = rest.find('>');
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(1, end - 1);
}

void mail(Session& s, std::string_view rest, Answer& out) {
  if ((s.step & kSender) != 0) return refuse(s, "503 5.5.1 Error: nested MAIL command\r\n", out);
  const auto address = address_of(rest, "FROM:");
  if (!address) return refuse(s, "501 5.5.4 Syntax: MAIL FROM:<address>\r\n", out);
  out.fact("smtp_mail_from", *address);
  out.said("250");
  s.step |= kSender;
  out.text("250 2.1.0 Ok\r\n");
}

void rcpt(Session& s, std::string_view rest, Answer& out) {
  if ((s.step & kSender) == 0) return refuse(s, "503 5.5.1 Error: need MAIL command\r\n", out);
  const std::string_view address = address_of(rest, "TO:").value_or("");
  if (address.empty()) return refuse(s, "501 5.5.4 Syntax: RCPT TO:<address>\r\n", out);
  out.fact("smtp_rcpt_to", address);
  out.said("550");
  const size_t at = address.rfind('@');
  const bool ours = at == std::string_view::npos || same_ignoring_case(address.substr(at + 1), s.persona->host_name);
  refuse(s,
         ours ? "550 5.1.1 <%w>: Recipient address rejected: User unknown in local recipient table\r\n"
              : "550 5.7.1 <%w>: Relay access denied\r\n",
         out, address);
}

void data(Session& s, std::string_view, Answer& out) {
  const bool begun = (s.step & kSender) != 0;
  refuse(s, begun ? "554 5.5.1 Error: no valid recipients\r\n" : "503 5.5.1 Error: need RCPT command\r\n", out);
}

void reset(Session& s, std::string_view, Answer& out) {
  s.step &= ~kSender;
  out.text("250 2.0.0 Ok\r\n");
}

void noop(Session&, std::string_view, Answer& out) { out.text("250 2.0.0 Ok\r\n"); }

void verify(Session& s, std::string_view rest, Answer& out) {
  if (rest.empty()) return refuse(s, "501 5.5.4 Syntax: VRFY address\r\n", out);
  out.fact("smtp_verify", rest);
  say(out, *s.persona, "252 2.0.0 %w\r\n", rest);
}

void quit(Session&, std::string_view, Answer& out) {
  out.said("221");
  out.text("221 2.0.0 Bye\r\n");
  out.close();
}

void not_offered(Session& s, std::string_view, Answer& out) {
  refuse(s, "502 5.5.1 Error: command not implemented\r\n", out);
}

// What Postfix tells a web browser.
void stranger(Session&, std::string_view, Answer& out) {
  out.text("221 2.7.0 Error: I can break rules, too. Goodbye.\r\n");
  out.close();
}

void deny(Session& s, Answer& out) {
  out.said("535");
  refuse(s, "535 5.7.8 Error: authentication failed: authentication failure\r\n", out);
}

void login_user(Session& s, std::string_view base64, Answer& out) {
  out.fact("smtp_user", Decoded(base64).text());
  s.step |= kLoginPassword;
  out.text("334 UGFzc3dvcmQ6\r\n");
}

void auth(Session& s, std::string_view rest, Answer& out) {
  const std::string_view mechanism = take_word(rest);
  if (same_ignoring_case(mechanism, "LOGIN")) {
    if (!rest.empty()) return login_user(s, rest, out);
    s.step |= kLoginUser;
    return out.text("334 VXNlcm5hbWU6\r\n");
  }
  if (same_ignoring_case(mechanism, "PLAIN")) {
    if (rest.empty()) {
      s.step |= kPlain;
      return out.text("334 \r\n");
    }
    tell_plain(out, rest, "smtp_user", "smtp_password");
    return deny(s, out);
  }
  refuse(s,
         mechanism.empty() ? "501 5.5.4 Syntax: AUTH mechanism\r\n"
                           : "535 5.7.8 Error: authentication failed: Invalid authentication mechanism\r\n",
         out);
}

// A line that answers our 334.
void credentials(Session& s, std::string_view line, Answer& out) {
  const uint32_t awaited = s.step & (kPlain | kLoginUser | kLoginPassword);
  s.step &= ~awaited;
  if (line == "*") return refuse(s, "501 5.7.0 Authentication aborted\r\n", out);
  if (awaited == kLoginUser) return login_user(s, line, out);
  if (awaited == kPlain) tell_plain(out, line, "smtp_user", "smtp_password");
  if (awaited == kLoginPassword) out.fact("smtp_password", Decoded(line).text());
  deny(s, out);
}

constexpr Command kCommands[] = {
    {"HELO", helo},        {"EHLO", ehlo},        {"MAIL", mail},     {"RCPT", rcpt},
    {"DATA", data},        {"BDAT", data},        {"RSET", reset},    {"NOOP", noop},
    {"VRFY", verify},      {"QUIT", quit},        {"AUTH", auth},     {"EXPN", not_offered},
    {"HELP", not_offered}, {"GET", stranger},     {"POST", stranger}, {"STARTTLS", not_offered},
    {"CONNECT", stranger}, {"ETRN", not_offered},
};

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("220");
  say(out, *s.persona, pick(*s.persona, "smtp", kGreetings));
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  return by_line(pending, [&](std::string_view rest) {
    if ((s.step & kGreeted) == 0) greet(s, out);
    if ((s.step & (kPlain | kLoginUser | kLoginPassword)) != 0) return credentials(s, rest, out);
    const Command* const known = find_command(kCommands, take_word(rest));
    if (known != nullptr) return known->play(s, rest, out);
    out.said("502");
    refuse(s, "502 5.5.2 Error: command not recognized\r\n", out);
  });
}

constexpr std::string_view kOpenings[] = {"EHLO ", "HELO ", "MAIL FROM:", "VRFY ", "EHLO\n", "HELO\n"};
Match recognize(base::Bytes first, const Ends&) { return begin_with_one_of(first, kOpenings); }

constexpr uint16_t kPorts[] = {25, 587, 2525};
constexpr FactName kFacts[] = {
    {"smtp_helo", "the name by which the client first greeted"},
    {"smtp_mail_from", "the first envelope sender"},
    {"smtp_rcpt_to", "the first envelope recipient"},
    {"smtp_verify", "the first address asked for by VRFY"},
    {"smtp_user", "the first name that was given to log in"},
    {"smtp_password", "the first password that was given to log in"},
};

}  // namespace

constinit const Server kSmtp = {
    .name = "smtp",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
