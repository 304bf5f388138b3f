// SPDX-License-Identifier: Apache-2.0
#include "proto/lines.h"

#include <fmt/format.h>

namespace portolan::proto {

namespace {

constexpr size_t kMostEchoed = 256;

bool begins_text(uint8_t byte) { return (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n' || byte == '\t'; }

Match begins(std::string_view text, std::string_view phrase) {
  const size_t both = std::min(text.size(), phrase.size());
  for (size_t i = 0; i < both; ++i) {
    const bool fits = phrase[i] == '\n' ? text[i] == '\r' || text[i] == '\n' : lower(text[i]) == lower(phrase[i]);
    if (!fits) return Match::kNo;
  }
  return both == phrase.size() ? Match::kYes : Match::kMore;
}

void say_printable(Answer& out, std::string_view word) {
  word = word.substr(0, kMostEchoed);
  for (const char c : word) out.out().u8(c >= 0x20 && c < 0x7f ? static_cast<uint8_t>(c) : uint8_t{'?'});
}

}  // namespace

Line first_line(base::Bytes pending, size_t longest) {
  Line line;
  if (pending.empty()) return line;
  line.foreign = !begins_text(pending[0]);
  if (line.foreign) return line;
  const std::string_view text = text_of(pending.first(std::min(pending.size(), longest)));
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    line.foreign = pending.size() >= longest;
    return line;
  }
  line.size = end + 1;
  line.text = text.substr(0, end);
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return word;
}

const Command* find_command(std::span<const Command> commands, std::string_view verb) {
  for (const Command& command : commands) {
    if (same_ignoring_case(command.verb, verb)) return &command;
  }
  return nullptr;
}

Match begin_with_one_of(base::Bytes first, std::span<const std::string_view> phrases) {
  Match best = Match::kNo;
  for (const std::string_view phrase : phrases) {
    const Match match = begins(text_of(first), phrase);
    if (match == Match::kYes) return Match::kYes;
    if (match == Match::kMore) best = Match::kMore;
  }
  return best;
}

void say(Answer& out, const Persona& persona, std::string_view form, std::string_view word) {
  while (!form.empty()) {
    const size_t mark = form.find('%');
    out.text(form.substr(0, mark));
    if (mark == std::string_view::npos || mark + 1 == form.size()) return;
    if (form[mark + 1] == 'h') out.text(persona.host_name);
    if (form[mark + 1] == 'w') say_printable(out, word);
    form.remove_prefix(mark + 2);
  }
}

void say_address(Answer& out, const addr::IpAddress& address) {
  std::array<char, 40> text;
  char* end = text.data();
  if (address.is_v4()) {
    const uint32_t bits = address.v4_bits();
    end = fmt::format_to(end, "{}.{}.{}.{}", bits >> 24, bits >> 16 & 255, bits >> 8 & 255, bits & 255);
  } else {
    for (int group = 0; group < 8; ++group) {
      const uint64_t half = group < 4 ? address.hi() : address.lo();
      end = fmt::format_to(end, "{}{:x}", group == 0 ? "" : ":", half >> (48 - 16 * (group % 4)) & 0xffff);
    }
  }
  out.text({text.data(), static_cast<size_t>(end - text.data())});
}

}  // namespace portolan::proto
