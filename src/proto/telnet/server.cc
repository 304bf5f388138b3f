// SPDX-License-Identifier: Apache-2.0
#include "proto/telnet/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr uint8_t kIac = 255, kDont = 254, kDo = 253, kWont = 252, kWill = 251, kSb = 250, kSe = 240;
constexpr uint8_t kEcho = 1, kTerminalType = 24, kWindowSize = 31;
constexpr uint8_t kIs = 0, kSend = 1;
constexpr size_t kMostInput = 1024;  // bytes of a line or a subnegotiation

// Session::step: flags, refused logins above.
constexpr uint32_t kGreeted = 1;
constexpr uint32_t kPassword = 2;     // the next line is one
constexpr uint32_t kAfterReturn = 4;  // a LF or NUL at the front belongs to the line before
constexpr uint32_t kTerminalAsked = 8;
constexpr uint32_t kRefusal = 1 << 8;
constexpr uint32_t kMostRefusals = 3;

constexpr std::array<std::string_view, 5> kIssues = {
    "Debian GNU/Linux 11\r\n", "Ubuntu 18.04.6 LTS\r\n", "\r\nBusyBox v1.31.1\r\n\r\n", "Welcome to %h\r\n\r\n", "\r\n",
};

void prompt(const Session& s, Answer& out) { say(out, *s.persona, "%h login: "); }

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("login");
  for (const uint8_t option : {kTerminalType, kWindowSize}) out.bytes(std::array{kIac, kDo, option});
  say(out, *s.persona, pick(*s.persona, "telnet", kIssues));
  prompt(s, out);
}

// A whole command: IAC and what belongs to it.
void negotiate(Session& s, base::Bytes command, Answer& out) {
  if (command.size() < 3) return;
  const uint8_t verb = command[1];
  const uint8_t option = command[2];
  if (verb == kWill && option == kTerminalType) {
    if ((s.step & kTerminalAsked) != 0) return;
    s.step |= kTerminalAsked;
    out.bytes(std::array{kIac, kSb, kTerminalType, kSend, kIac, kSe});
  } else if (verb == kWill && option != kWindowSize) {
    out.bytes(std::array{kIac, kDont, option});
  } else if (verb == kDo && (option != kEcho || (s.step & kPassword) == 0)) {
    out.bytes(std::array{kIac, kWont, option});
  } else if (verb == kSb && option == kTerminalType && command.size() > 6 && command[3] == kIs) {
    out.fact("telnet_terminal", text_of(command.subspan(4, command.size() - 6)));
  }
}

// The bytes of the command at the front; 0: it is not whole.
size_t command_size(base::Bytes bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] < kSb) return 2;
  if (bytes[1] == kIac) return 2;  // a data byte 255
  if (bytes[1] != kSb) return bytes.size() < 3 ? 0 : 3;
  for (size_t i = 2; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == kIac && bytes[i + 1] == kSe) return i + 2;
    if (bytes[i] == kIac) ++i;
  }
  return 0;
}

void name(Session& s, std::string_view line, Answer& out) {
  if (line.empty()) return prompt(s, out);
  out.fact("telnet_user", line);
  s.step |= kPassword;
  out.bytes(std::array{kIac, kWill, kEcho});
  out.text("Password: ");
}

void password(Session& s, std::string_view line, Answer& out) {
  out.fact("telnet_password", line);
  out.said("Login incorrect");
  s.step = (s.step & ~kPassword) + kRefusal;
  out.bytes(std::array{kIac, kWont, kEcho});
  out.text("\r\n\r\nLogin incorrect\r\n");
  if (s.step / kRefusal >= kMostRefusals) return out.close();
  prompt(s, out);
}

// The bytes of the line at the front, which ends with CR or LF and may have commands in it; 0: it is not whole.
size_t line_size(base::Bytes bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes[at] == '\r' || bytes[at] == '\n') return at + 1;
    const size_t step = bytes[at] == kIac ? command_size(bytes.subspan(at)) : 1;
    if (step == 0) return 0;
    at += step;
  }
  return 0;
}

// Never typed, but often the first byte of another protocol.
bool is_strange(uint8_t byte) {
  const bool typed = byte == 0x03 || byte == 0x04;  // control-C, control-D
  return !typed && ((byte >= 0x01 && byte <= 0x07) || (byte >= 0x0e && byte <= 0x1a));
}

// The bytes of the message at the front, 0 while it is not whole.
size_t message_size(const Session& s, base::Bytes pending) {
  if ((s.step & kAfterReturn) != 0 && (pending[0] == '\n' || pending[0] == 0)) return 1;
  const base::Bytes shown = pending.first(std::min(pending.size(), kMostInput));
  const bool command = pending[0] == kIac && (pending.size() < 2 || pending[1] != kIac);
  return command ? command_size(shown) : line_size(shown);
}

void play_line(Session& s, base::Bytes input, Answer& out) {
  std::array<char, kMostInput> typed;
  size_t count = 0;
  for (size_t at = 0; at + 1 < input.size();) {
    const bool command = input[at] == kIac;
    const size_t step = command ? command_size(input.subspan(at)) : 1;
    if (!command || input[at + 1] == kIac) typed[count++] = static_cast<char>(input[at]);
    if (command) negotiate(s, input.subspan(at, step), out);
    at += step;
  }
  if (input.back() == '\r') s.step |= kAfterReturn;
  const std::string_view line(typed.data(), count);
  (s.step & kPassword) != 0 ? password(s, line, out) : name(s, line, out);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  if (pending.empty()) return Step::more();
  if (is_strange(pending[0])) return Step::foreign();
  const size_t size = message_size(s, pending);
  if (size == 0) return pending.size() < kMostInput ? Step::more() : Step::foreign();
  if ((s.step & kGreeted) == 0) greet(s, out);
  const bool ended = (s.step & kAfterReturn) != 0 && (pending[0] == '\n' || pending[0] == 0);
  s.step &= ~kAfterReturn;
  if (ended) return Step::taken(1);
  const base::Bytes message = pending.first(size);
  message[0] == kIac&& message[1] != kIac ? negotiate(s, message, out) : play_line(s, message, out);
  return Step::taken(size);
}

Match recognize(base::Bytes first, const Ends&) {
  if (first.empty()) return Match::kMore;
  if (first[0] != kIac) return Match::kNo;
  if (first.size() < 2) return Match::kMore;
  return first[1] >= kSb && first[1] <= kDont ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {23, 2323};
constexpr FactName kFacts[] = {
    {"telnet_user", "the first name that was given to log in"},
    {"telnet_password", "the first password that was given to log in"},
    {"telnet_terminal", "the terminal type that the client told"},
};

}  // namespace

constinit const Server kTelnet = {
    .name = "telnet",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
