// SPDX-License-Identifier: Apache-2.0
// A JSON reader for tests, strict on purpose: RFC 8259 without white space, negative numbers and fractions, which our
// writers never write. Whatever else it meets makes document() empty.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portolan::output::testing {

struct Json {
  std::string text;                // of a string, decoded; of a number, as written; true false null; "{" or "["
  std::vector<std::string> names;  // of an object's members, empty in an array
  std::vector<Json> members;
  const Json* find(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return &members[i];
    }
    return nullptr;
  }
};

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  std::optional<Json> document() {
    Json value;
    if (!read(value) || !text_.empty()) return std::nullopt;
    return value;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool read(Json& value) {
    if (text_.empty()) return false;
    if (text_[0] == '{') return read_group(value, '}');
    if (text_[0] == '[') return read_group(value, ']');
    if (text_[0] == '"') return read_string(value.text);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.starts_with(word)) {
        value.text = word;
        text_.remove_prefix(word.size());
        return true;
      }
    }
    return read_natural(value.text);
  }

  bool read_group(Json& value, char close) {
    value.text = text_[0];
    text_.remove_prefix(1);
    if (take(close)) return true;
    do {
      if (close == '}' && (!read_string(value.names.emplace_back()) || !take(':'))) return false;
      if (!read(value.members.emplace_back())) return false;
    } while (take(','));
    return take(close);
  }

  bool read_natural(std::string& out) {
    const size_t end = std::min(text_.find_first_not_of("0123456789"), text_.size());
    if (end == 0 || (end > 1 && text_[0] == '0')) return false;
    out = text_.substr(0, end);
    text_.remove_prefix(end);
    return true;
  }

  bool read_string(std::string& out) {
    if (!take('"')) return false;
    while (!take('"')) {
      if (text_.empty() || static_cast<uint8_t>(text_[0]) < 0x20) return false;
      if (take('\\')) {
        if (!read_escape(out)) return false;
      } else {
        out.push_back(text_[0]);
        text_.remove_prefix(1);
      }
    }
    return true;
  }

  bool read_escape(std::string& out) {
    for (const auto& [letter, meaning] : {std::pair{'"', '"'}, {'\\', '\\'}, {'n', '\n'}}) {
      if (take(letter)) {
        out.push_back(meaning);
        return true;
      }
    }
    if (!take('u') || text_.size() < 4 || text_.find_first_not_of("0123456789abcdef") < 4) return false;
    out.push_back(static_cast<char>(std::stoi(std::string(text_.substr(0, 4)), nullptr, 16)));
    text_.remove_prefix(4);
    return true;
  }

  std::string_view text_;
};

}  // namespace portolan::output::testing
