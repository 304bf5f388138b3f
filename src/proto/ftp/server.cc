// SPDX-License-Identifier: Apache-2.0
#include "proto/ftp/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

// Session::step: flags below, refused logins above.
constexpr uint32_t kGreeted = 1;
constexpr uint32_t kNamed = 2;
constexpr uint32_t kRefusal = 1 << 8;
constexpr uint32_t kMostRefusals = 3;

// How a well-known server puts things.
struct Dialect {
  std::string_view password_wanted, refused, name_first, login_first, unknown, features, no_tls, goodbye;
};

constexpr Dialect kVsftpd = {
    .password_wanted = "331 Please specify the password.\r\n",
    .refused = "530 Login incorrect.\r\n",
    .name_first = "503 Login with USER first.\r\n",
    .login_first = "530 Please login with USER and PASS.\r\n",
    .unknown = "500 Unknown command.\r\n",
    .features = "211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n211 End\r\n",
    .no_tls = "502 Command not implemented.\r\n",
    .goodbye = "221 Goodbye.\r\n",
};
constexpr Dialect kProftpd = {
    .password_wanted = "331 Password required for %w\r\n",
    .refused = "530 Login incorrect.\r\n",
    .name_first = "503 Login with USER first\r\n",
    .login_first = "530 Please login with USER and PASS\r\n",
    .unknown = "500 %w not understood\r\n",
    .features =
        "211-Features:\r\n EPRT\r\n EPSV\r\n HOST\r\n MDTM\r\n MFMT\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n"
        " UTF8\r\n211 End\r\n",
    .no_tls = "534 Local policy on server does not allow TLS secure connections.\r\n",
    .goodbye = "221 Goodbye.\r\n",
};
constexpr Dialect kPureFtpd = {
    .password_wanted = "331 User %w OK. Password required\r\n",
    .refused = "530 Login authentication failed\r\n",
    .name_first = "530 Please tell me who you are\r\n",
    .login_first = "530 You aren't logged in\r\n",
    .unknown = "500 Unknown command\r\n",
    .features =
        "211-Extensions supported:\r\n UTF8\r\n EPRT\r\n IDLE\r\n MDTM\r\n SIZE\r\n MFMT\r\n REST STREAM\r\n"
        " PASV\r\n EPSV\r\n211 End.\r\n",
    .no_tls = "534 Fatal error\r\n",
    .goodbye = "221-Goodbye. You uploaded 0 and downloaded 0 kbytes.\r\n221 Logout.\r\n",
};

struct Banner {
  std::string_view greeting;
  const Dialect* dialect;
};
constexpr std::array kBanners = {
    Banner{"220 (vsFTPd 3.0.3)\r\n", &kVsftpd},
    Banner{"220 (vsFTPd 3.0.5)\r\n", &kVsftpd},
    Banner{"220 (vsFTPd 2.3.5)\r\n", &kVsftpd},
    Banner{"220 ProFTPD 1.3.5e Server (Debian) [%h]\r\n", &kProftpd},
    Banner{"220 ProFTPD Server (Debian) [%h]\r\n", &kProftpd},
    Banner{"220---------- Welcome to Pure-FTPd [privsep] ----------\r\n"
           "220-You are user number 1 of 50 allowed.\r\n"
           "220-This is a private system - No anonymous login\r\n"
           "220 You will be disconnected after 15 minutes of inactivity.\r\n",
           &kPureFtpd},
};

const Banner& banner(const Session& s) { return pick(*s.persona, "ftp", kBanners); }
const Dialect& dialect(const Session& s) { return *banner(s).dialect; }

void user(Session& s, std::string_view rest, Answer& out) {
  out.fact("ftp_user", rest);
  out.said("331");
  s.step |= kNamed;
  say(out, *s.persona, dialect(s).password_wanted, rest);
}

void pass(Session& s, std::string_view rest, Answer& out) {
  if ((s.step & kNamed) == 0) return say(out, *s.persona, dialect(s).name_first);
  out.fact("ftp_password", rest);
  out.said("530");
  say(out, *s.persona, dialect(s).refused);
  s.step = (s.step & ~kNamed) + kRefusal;
  if (s.step / kRefusal >= kMostRefusals) out.close();
}

void system(Session&, std::string_view, Answer& out) { out.text("215 UNIX Type: L8\r\n"); }
void features(Session& s, std::string_view, Answer& out) { out.text(dialect(s).features); }
void noop(Session&, std::string_view, Answer& out) { out.text("200 NOOP ok.\r\n"); }
void options(Session&, std::string_view, Answer& out) { out.text("200 Always in UTF8 mode.\r\n"); }
void no_tls(Session& s, std::string_view, Answer& out) { out.text(dialect(s).no_tls); }
void login_first(Session& s, std::string_view, Answer& out) { out.text(dialect(s).login_first); }
void quit(Session& s, std::string_view, Answer& out) {
  out.text(dialect(s).goodbye);
  out.said("221");
  out.close();
}

constexpr Command kCommands[] = {
    {"USER", user},        {"PASS", pass},        {"SYST", system},      {"FEAT", features},    {"NOOP", noop},
    {"OPTS", options},     {"AUTH", no_tls},      {"QUIT", quit},        {"ACCT", login_first}, {"CWD", login_first},
    {"CDUP", login_first}, {"PWD", login_first},  {"XPWD", login_first}, {"TYPE", login_first}, {"MODE", login_first},
    {"STRU", login_first}, {"PORT", login_first}, {"PASV", login_first}, {"EPRT", login_first}, {"EPSV", login_first},
    {"LIST", login_first}, {"NLST", login_first}, {"MLSD", login_first}, {"MLST", login_first}, {"RETR", login_first},
    {"STOR", login_first}, {"APPE", login_first}, {"DELE", login_first}, {"MKD", login_first},  {"RMD", login_first},
    {"RNFR", login_first}, {"RNTO", login_first}, {"SIZE", login_first}, {"MDTM", login_first}, {"REST", login_first},
    {"SITE", login_first}, {"STAT", login_first}, {"HELP", login_first}, {"ABOR", login_first}, {"PBSZ", login_first},
    {"PROT", login_first},
};

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("220");
  say(out, *s.persona, banner(s).greeting);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  return by_line(pending, [&](std::string_view rest) {
    if ((s.step & kGreeted) == 0) greet(s, out);
    const std::string_view verb = take_word(rest);
    if (const Command* known = find_command(kCommands, verb)) return known->play(s, rest, out);
    out.said("500");
    say(out, *s.persona, dialect(s).unknown, verb);
  });
}

constexpr uint16_t kPopPorts[] = {110, 995};
constexpr std::string_view kOpenings[] = {"USER ", "FEAT\n", "SYST\n", "AUTH TLS\n", "AUTH SSL\n", "PASV\n", "OPTS "};

Match recognize(base::Bytes first, const Ends& ends) {
  // USER begins a POP3 session as well: there the port decides.
  if (std::find(std::begin(kPopPorts), std::end(kPopPorts), ends.server_port) != std::end(kPopPorts)) return Match::kNo;
  return begin_with_one_of(first, kOpenings);
}

constexpr uint16_t kPorts[] = {21, 2121};
constexpr FactName kFacts[] = {
    {"ftp_user", "the first name that was given to log in"},
    {"ftp_password", "the first password that was given to log in"},
};

}  // namespace

constinit const Server kFtp = {
    .name = "ftp",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
