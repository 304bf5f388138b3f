// SPDX-License-Identifier: Apache-2.0
#include "proto/imap/server.h"

#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/sasl.h"

namespace portolan::proto {

namespace {

// What comes next. A command whose end is still to come has left its tag in the session.
enum class Phase : uint32_t {
  kCommand,
  kUserLiteral,
  kPasswordLiteral,
  kOtherLiteral,
  kPlain,
  kLoginUser,
  kLoginPassword
};

// Session::step: flag, Phase above it, refused logins, bytes of the awaited literal.
constexpr uint32_t kGreeted = 1;
constexpr uint32_t kPhaseShift = 4;
constexpr uint32_t kRefusal = 1 << 8;
constexpr uint32_t kMostRefusals = 3;
constexpr uint32_t kLiteralShift = 16;
constexpr uint64_t kMostLiteral = 1024;

constexpr size_t kMostTag = 16;  // as many as the session can keep

Phase phase(const Session& s) { return static_cast<Phase>(s.step >> kPhaseShift & 15); }
size_t literal(const Session& s) { return s.step >> kLiteralShift; }
void await(Session& s, Phase what, uint64_t bytes = 0) {
  s.step = (s.step & (kGreeted | (0xff * kRefusal))) | static_cast<uint32_t>(what) << kPhaseShift |
           static_cast<uint32_t>(bytes) << kLiteralShift;
}

// The tag of the command that is being served, in Session::a and b.
void keep_tag(Session& s, std::string_view tag) {
  std::array<char, kMostTag> bytes{};
  std::copy_n(tag.begin(), std::min(tag.size(), kMostTag), bytes.begin());
  std::memcpy(&s.a, bytes.data(), 8);
  std::memcpy(&s.b, bytes.data() + 8, 8);
}
void say_tag(const Session& s, Answer& out) {
  std::array<char, kMostTag + 1> bytes{};
  std::memcpy(bytes.data(), &s.a, 8);
  std::memcpy(bytes.data() + 8, &s.b, 8);
  out.text(bytes.data());
  out.text(" ");
}
void complete(Session& s, std::string_view text, Answer& out) {
  say_tag(s, out);
  out.text(text);
}

constexpr std::string_view kCapabilities =
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN";
constexpr std::array<std::string_view, 4> kGreetings = {
    "Dovecot (Debian) ready.\r\n",
    "Dovecot (Ubuntu) ready.\r\n",
    "Dovecot ready.\r\n",
    "%h Dovecot ready.\r\n",
};

void deny(Session& s, Answer& out) {
  out.said("NO");
  complete(s, "NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", out);
  s.step += kRefusal;
  if ((s.step / kRefusal & 0xff) < kMostRefusals) return;
  out.text("* BYE Disconnected: Too many authentication failures.\r\n");
  out.close();
}

// The size of the literal that ends a line, "{12}" or "{12+}"; the second needs no word of ours.
struct LiteralMark {
  uint64_t size = 0;
  bool waits = false;
};
std::optional<LiteralMark> literal_mark(std::string_view line) {
  const size_t open = line.rfind('{');
  if (open == std::string_view::npos || !line.ends_with('}')) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  const bool waits = !digits.ends_with('+');
  if (!waits) digits.remove_suffix(1);
  const auto size = number_of(digits);
  if (!size) return std::nullopt;
  return LiteralMark{*size, waits};
}

// Goes on to a literal; one that is too long ends the conversation, for it could not be skipped.
void expect_literal(Session& s, const LiteralMark& mark, Phase what, Answer& out) {
  if (mark.size > kMostLiteral) {
    complete(s, "BAD [TOOBIG] Literal is too big.\r\n", out);
    return out.close();
  }
  await(s, what, mark.size);
  if (mark.waits) out.text("+ OK\r\n");
}

// An atom or a quoted string at the front. Escapes are left as they are: only the log reads it.
std::string_view take_string(std::string_view& rest) {
  if (!rest.starts_with('"')) return take_word(rest);
  size_t end = 1;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  const std::string_view inside = rest.substr(1, std::min(end, rest.size()) - 1);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return inside;
}

void password(Session& s, std::string_view rest, Answer& out) {
  if (const auto mark = literal_mark(rest)) return expect_literal(s, *mark, Phase::kPasswordLiteral, out);
  out.fact("imap_password", take_string(rest));
  deny(s, out);
}

void login(Session& s, std::string_view rest, Answer& out) {
  if (const auto mark = literal_mark(rest); mark && rest.starts_with('{')) {
    return expect_literal(s, *mark, Phase::kUserLiteral, out);
  }
  if (rest.empty()) return complete(s, "BAD Missing arguments.\r\n", out);
  out.fact("imap_user", take_string(rest));
  password(s, rest, out);
}

void login_user(Session& s, std::string_view base64, Answer& out) {
  out.fact("imap_user", Decoded(base64).text());
  await(s, Phase::kLoginPassword);
  out.text("+ UGFzc3dvcmQ6\r\n");
}

void authenticate(Session& s, std::string_view rest, Answer& out) {
  const std::string_view mechanism = take_word(rest);
  const bool login = same_ignoring_case(mechanism, "LOGIN");
  if (!login && !same_ignoring_case(mechanism, "PLAIN")) {
    return complete(s, "NO [CANNOT] Unsupported authentication mechanism.\r\n", out);
  }
  if (rest.empty()) {
    await(s, login ? Phase::kLoginUser : Phase::kPlain);
    return out.text(login ? "+ VXNlcm5hbWU6\r\n" : "+ \r\n");
  }
  if (login) return login_user(s, rest, out);
  tell_plain(out, rest, "imap_user", "imap_password");
  deny(s, out);
}

void capability(Session& s, std::string_view, Answer& out) {
  out.text("* CAPABILITY ");
  out.text(kCapabilities);
  out.text("\r\n");
  complete(s, "OK Pre-login capabilities listed, post-login capabilities have more.\r\n", out);
}
void noop(Session& s, std::string_view, Answer& out) { complete(s, "OK NOOP completed.\r\n", out); }
void id(Session& s, std::string_view rest, Answer& out) {
  out.fact("imap_client", rest);
  out.text("* ID (\"name\" \"Dovecot\")\r\n");
  complete(s, "OK ID completed.\r\n", out);
}
void logout(Session& s, std::string_view, Answer& out) {
  out.text("* BYE Logging out\r\n");
  complete(s, "OK Logout completed.\r\n", out);
  out.said("BYE");
  out.close();
}
void no_tls(Session& s, std::string_view, Answer& out) { complete(s, "BAD TLS support isn't enabled.\r\n", out); }

constexpr Command kCommands[] = {
    {"CAPABILITY", capability}, {"LOGIN", login}, {"AUTHENTICATE", authenticate},
    {"LOGOUT", logout},         {"NOOP", noop},   {"ID", id},
    {"STARTTLS", no_tls},
};

void command(Session& s, std::string_view rest, Answer& out) {
  const std::string_view tag = take_word(rest);
  if (tag.empty() || tag.size() > kMostTag || rest.empty())
    return out.text("* BAD Error in IMAP command received by server.\r\n");
  keep_tag(s, tag);
  const std::string_view whole = rest;
  if (const Command* known = find_command(kCommands, take_word(rest))) return known->play(s, rest, out);
  if (const auto mark = literal_mark(whole)) return expect_literal(s, *mark, Phase::kOtherLiteral, out);
  out.said("BAD");
  complete(s, "BAD Error in IMAP command received by server.\r\n", out);
}

// A literal and the rest of the command's line.
void after_literal(Session& s, Phase was, std::string_view text, std::string_view rest, Answer& out) {
  await(s, Phase::kCommand);
  if (was == Phase::kOtherLiteral) {
    if (const auto mark = literal_mark(rest)) return expect_literal(s, *mark, Phase::kOtherLiteral, out);
    return complete(s, "BAD Error in IMAP command received by server.\r\n", out);
  }
  if (was == Phase::kPasswordLiteral) {
    out.fact("imap_password", text);
    return deny(s, out);
  }
  out.fact("imap_user", text);
  password(s, trimmed(rest), out);
}

// A line that answers our "+ ".
void credentials(Session& s, std::string_view line, Answer& out) {
  const Phase was = phase(s);
  await(s, Phase::kCommand);
  if (line == "*") return complete(s, "BAD Authentication aborted by client.\r\n", out);
  if (was == Phase::kLoginUser) return login_user(s, line, out);
  if (was == Phase::kPlain) tell_plain(out, line, "imap_user", "imap_password");
  if (was == Phase::kLoginPassword) out.fact("imap_password", Decoded(line).text());
  deny(s, out);
}

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("OK");
  out.text("* OK [CAPABILITY ");
  out.text(kCapabilities);
  out.text("] ");
  say(out, *s.persona, pick(*s.persona, "imap", kGreetings));
}

Step serve_literal(Session& s, base::Bytes pending, Answer& out) {
  const size_t size = literal(s);
  if (pending.size() <= size) return Step::more();
  const size_t end = text_of(pending.subspan(size)).substr(0, kMostLine).find('\n');
  if (end == std::string_view::npos) return pending.size() - size < kMostLine ? Step::more() : Step::foreign();
  std::string_view rest = text_of(pending.subspan(size, end));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  after_literal(s, phase(s), text_of(pending.first(size)), rest, out);
  return Step::taken(size + end + 1);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  const Phase now = phase(s);
  if (now == Phase::kUserLiteral || now == Phase::kPasswordLiteral || now == Phase::kOtherLiteral) {
    return serve_literal(s, pending, out);
  }
  return by_line(pending, [&](std::string_view line) {
    if ((s.step & kGreeted) == 0) greet(s, out);
    if (now == Phase::kCommand) return command(s, line, out);
    credentials(s, line, out);
  });
}

constexpr std::string_view kOpenings[] = {"CAPABILITY\n", "LOGIN ", "AUTHENTICATE ", "LOGOUT\n", "STARTTLS\n", "ID ("};

// A tag, then a command.
Match recognize(base::Bytes first, const Ends&) {
  constexpr size_t kUsualTag = 12;
  const std::string_view text = text_of(first);
  const size_t end = text.find(' ');
  const std::string_view tag = text.substr(0, end);
  const auto fits = [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.'; };
  if (tag.size() > kUsualTag || (tag.empty() && !text.empty()) || !std::all_of(tag.begin(), tag.end(), fits)) {
    return Match::kNo;
  }
  if (end == std::string_view::npos) return Match::kMore;
  return begin_with_one_of(first.subspan(end + 1), kOpenings);
}

constexpr uint16_t kPorts[] = {143};
constexpr FactName kFacts[] = {
    {"imap_user", "the first name that was given to log in"},
    {"imap_password", "the first password that was given to log in"},
    {"imap_client", "what the client said of itself in ID"},
};

}  // namespace

constinit const Server kImap = {
    .name = "imap",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
