// SPDX-License-Identifier: Apache-2.0
// AnswerTemplate: a text to answer with, in which {names} stand for what is known when it is said.
//
// Escapes, whatever TOML did before: \r \n \t \0 \\ \xHH, and {{ }} for braces. Variables: those of kVariables, and {0}
// to {9}: what the rule's pattern matched, whole and by group. Parsed once, written without allocation.
// Immutable: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/grammar.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "proto/server.h"
#include "respond/rule_pattern.h"

namespace portolan::respond {

enum class Variable : uint8_t {
  kLiteral,  // none: a text
  kClient,
  kClientPort,
  kServer,
  kServerPort,
  kHost,
  kTimeRfc1123,
  kTimeUnix,
  kGroup,
};

struct VariableName {
  std::string_view name;
  Variable which;
};
inline constexpr VariableName kVariables[] = {
    {"client", Variable::kClient},      {"client_port", Variable::kClientPort},
    {"server", Variable::kServer},      {"server_port", Variable::kServerPort},
    {"host", Variable::kHost},          {"time_rfc1123", Variable::kTimeRfc1123},
    {"time_unix", Variable::kTimeUnix},
};

// What the variables stand for.
struct Situation {
  proto::Ends ends{};
  std::string_view host;  // as greetings say it
  base::Nanos wall = 0;
  Pattern::Groups groups{};
};

class AnswerTemplate {
 public:
  static constexpr size_t kMostLiteral = 12'000;  // bytes

  AnswerTemplate() = default;  // says nothing
  // `groups`: how many the pattern has; -1: there is no pattern, so {0} stands for nothing either.
  static tl::expected<AnswerTemplate, addr::TextError> parse(std::string_view text, int groups);
  static AnswerTemplate literal(std::string bytes);

  bool empty() const { return pieces_.empty(); }
  void write(const Situation& s, base::Writer& out) const;

 private:
  struct Piece {
    Variable what = Variable::kLiteral;
    uint8_t group = 0;
    std::string text{};  // of a literal
  };
  std::vector<Piece> pieces_;
};

// Escapes alone, for bytes to look for; a brace is a brace.
tl::expected<std::string, addr::TextError> parse_escapes(std::string_view text);
// "16 03 01", "160301": hexadecimal digits, blanks between bytes.
tl::expected<std::string, addr::TextError> parse_hex(std::string_view text);

}  // namespace portolan::respond
