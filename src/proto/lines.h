// SPDX-License-Identifier: Apache-2.0
// Lines and commands: what the servers share that are spoken to in lines (FTP, SMTP, POP3, IMAP, memcached).
//
// Not for HTTP, SIP and SSDP, whose messages are more than a line. Views only, no allocation. Pure, any thread.
// A line ends with LF, a CR before it belongs to the end. Whether a line is too long is decided by its first bytes
// alone, so it makes no difference how the bytes were cut.
#pragma once

#include <span>

#include "proto/server.h"
#include "proto/text.h"

namespace portolan::proto {

inline constexpr size_t kMostLine = 2048;  // bytes of a line, its end included, unless a server says otherwise

struct Line {
  std::string_view text;  // without its end
  size_t size = 0;        // with it; 0: it is not whole
  bool foreign = false;   // too long, or its first byte is no text
};
Line first_line(base::Bytes pending, size_t longest = kMostLine);

// Serves one line: play(text) is called for it.
template <class Play>
Step by_line(base::Bytes pending, Play&& play, size_t longest = kMostLine) {
  const Line line = first_line(pending, longest);
  if (line.foreign) return Step::foreign();
  if (line.size == 0) return Step::more();
  play(line.text);
  return Step::taken(line.size);
}

// The word at the front; `rest` loses it and the spaces behind it.
std::string_view take_word(std::string_view& rest);

// A command of a line protocol: verbs are compared ignoring case, `rest` is what stands behind the verb.
struct Command {
  std::string_view verb;
  void (*play)(Session& session, std::string_view rest, Answer& out);
};
const Command* find_command(std::span<const Command> commands, std::string_view verb);

// Whether the bytes begin with one of these, ignoring case. A '\n' in a phrase stands for CR or LF.
Match begin_with_one_of(base::Bytes first, std::span<const std::string_view> phrases);

// Says a form in which %h stands for the host name and %w for `word` (its first 256 bytes, and only the printable).
void say(Answer& out, const Persona& persona, std::string_view form, std::string_view word = {});

// An address in the text form of RFC 4291, 2.2; without allocation, unlike IpAddress::to_string().
void say_address(Answer& out, const addr::IpAddress& address);

}  // namespace portolan::proto
