// SPDX-License-Identifier: Apache-2.0
#include "options/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "options/value.h"

namespace portolan::options {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_of_a_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_punctuation(char c) { return c > ' ' && c < 0x7f && !is_of_a_name(c); }

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return text.substr(text.size());  // empty, and still a place in the line
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A line that begins with dashes is an option that kept them, unless it is a ruler or an item of a list.
bool is_remark(std::string_view line) {
  if (line[0] != '-') return is_punctuation(line[0]);
  const size_t name = line.find_first_not_of('-');
  return name == std::string_view::npos || name > 2 || !is_of_a_name(line[name]);
}

std::optional<uint8_t> hex_byte(std::string_view text) {
  uint8_t byte = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), byte, 16);
  if (text.size() != 2 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return byte;
}

// The byte that stands behind a backslash; `text` begins there, and loses it.
std::optional<char> take_escape(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const char letter = text[0];
  text.remove_prefix(1);
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '"':
    case '\\':
      return letter;
    case 'x': {
      const auto byte = hex_byte(text.substr(0, 2));
      if (byte) text.remove_prefix(2);
      return byte ? std::optional(static_cast<char>(*byte)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// What stands between double quotes; nullopt: they do not close at the end, or an escape is none.
std::optional<std::string> unquote(std::string_view text) {
  std::string plain;
  text.remove_prefix(1);
  while (!text.empty() && text[0] != '"') {
    const char c = text[0];
    text.remove_prefix(1);
    const auto byte = c == '\\' ? take_escape(text) : std::optional(c);
    if (!byte) return std::nullopt;
    plain.push_back(*byte);
  }
  return text == "\"" ? std::optional(std::move(plain)) : std::nullopt;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += fmt::format("\\{}", c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

// For messages: what was named may be no text at all.
constexpr size_t kLongestShown = 60;
std::string shown(std::string_view text) {
  std::string out(text.substr(0, kLongestShown));
  std::replace_if(out.begin(), out.end(), is_control, '?');
  return text.size() > kLongestShown ? out + "..." : out;
}

class ConfigParser {
 public:
  ConfigParser(const Table& table, const std::string& file, ConfigReading reading)
      : table_(table), file_(file), reading_(reading) {}

  tl::expected<std::vector<ConfigLine>, Error> run(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      raw_ = text.substr(0, end);
      ++line_;
      if (!take(trim(raw_))) return tl::unexpected(std::move(error_));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(out_);
  }

 private:
  Where place(std::string_view part) const {
    return {.file = file_, .line = line_, .column = static_cast<uint64_t>(part.data() - raw_.data()) + 1};
  }

  bool fail(std::string_view part, Error error) {
    error.where = place(part).to_string();
    error_ = std::move(error);
    return false;
  }

  bool take(std::string_view line) {
    if (line.empty() || is_remark(line)) return true;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return fail(
          line,
          {fmt::format("there is no '=' in '{}'", shown(line)), {}, "write name = value; a remark begins with #"});
    }
    std::string_view name = trim(line.substr(0, equals));
    const std::string_view bracket = name.substr(std::min(name.find('['), name.size()));
    name = trim(name.substr(0, name.size() - bracket.size()));
    const Option* option = find(name);
    if (option == nullptr) return unknown(name);
    ConfigLine out{{option, {}, {}, {}}, false};
    std::string_view rest = bracket;
    if (!rest.empty()) {
      if (auto error = take_index(*option, rest, out.setting.index)) return fail(bracket, *std::move(error));
      if (!rest.empty()) {
        return fail(rest,
                    {fmt::format("'{}' after the index is not understood", shown(rest)), {}, "write name[80] = value"});
      }
    }
    return take_value(std::move(out), name, trim(line.substr(equals + 1)));
  }

  const Option* find(std::string_view name) const {
    if (name.starts_with("--")) return table_.find(name.substr(2));
    if (!name.starts_with('-')) return table_.find(name);
    const auto [option, glued] = table_.find_short(name);
    return glued.empty() ? option : nullptr;
  }

  bool unknown(std::string_view name) {
    const bool dashes = name.starts_with('-');
    const std::string word = dashes ? std::string(name) : fmt::format("--{}", name);
    const auto meant = name.size() > kLongestShown ? std::nullopt : table_.suggest(word);
    const std::string cure = meant ? fmt::format("did you mean {}?", dashes ? *meant : meant->substr(2))
                                   : fmt::format("portolan {} --help lists the options", table_.command());
    return fail(name, {fmt::format("there is no option '{}'", shown(name)), {}, cure});
  }

  bool take_value(ConfigLine line, std::string_view name, std::string_view text) {
    const Option& option = *line.setting.option;
    std::string value(text);
    line.setting.where = place(text);
    if (text.starts_with('"')) {
      auto plain = unquote(text);
      if (!plain) {
        return fail(text, {fmt::format("the quotes of {} are not understood", shown(text)),
                           {},
                           "close them at the end of the line; \\n \\t \\r \\\" \\\\ \\x00 may stand between them"});
      }
      value = *std::move(plain);
      ++line.setting.where.column;
    }
    if (text.empty() || (reading_ != nullptr && !reading_(option, canonical(name), value)))
      return clear(std::move(line));
    if (option.kind == Kind::kRefused) {
      if (parse_bool(value) == false) return true;
      return fail(name,
                  {fmt::format("portolan {} does not take {}", table_.command(), name), {}, std::string(option.help)});
    }
    return option.kind == Kind::kFlag ? take_flag(std::move(line), text, value) : keep(std::move(line), text, value);
  }

  bool take_flag(ConfigLine line, std::string_view text, std::string_view value) {
    const auto on = parse_bool(value);
    if (!on) {
      return fail(text, {fmt::format("{} takes true or false here, not '{}'", display(*line.setting.option), value),
                         {},
                         "write true, yes, on or 1, or false to take it back"});
    }
    if (!*on) return clear(std::move(line));
    out_.push_back(std::move(line));
    return true;
  }

  bool keep(ConfigLine line, std::string_view text, std::string_view value) {
    const Option& option = *line.setting.option;
    auto error = check_value(option, value);
    const auto on = error && !option.bare.empty() ? parse_bool(value) : std::nullopt;
    if (on) {
      const auto words = split_words(option.words);
      const bool has_off = std::find(words.begin(), words.end(), "off") != words.end();
      if (!*on && !has_off) return clear(std::move(line));
      value = *on ? option.bare : "off";
      error.reset();
    }
    if (error) return fail(text, *std::move(error));
    line.setting.value = value;
    out_.push_back(std::move(line));
    return true;
  }

  bool clear(ConfigLine line) {
    line.clears = true;
    if (line.setting.option->kind != Kind::kRefused) out_.push_back(std::move(line));
    return true;
  }

  const Table& table_;
  const std::string& file_;
  ConfigReading reading_;
  std::string_view raw_;
  uint64_t line_ = 0;
  std::vector<ConfigLine> out_;
  Error error_;
};

}  // namespace

tl::expected<std::vector<ConfigLine>, Error> parse_config(const Table& table, std::string_view text,
                                                          const std::string& file, ConfigReading reading) {
  return ConfigParser(table, file, reading).run(text);
}

Settings settle(std::vector<ConfigLine> lines) {
  Settings out;
  for (ConfigLine& line : lines) {
    if (!line.clears) {
      out.settings.push_back(std::move(line.setting));
      continue;
    }
    std::erase_if(out.settings, [&](const Setting& s) {
      return s.option == line.setting.option && (!line.setting.index || s.index == line.setting.index);
    });
  }
  return out;
}

std::string config_name(const Option& option) {
  const std::string shown = display(option);
  return shown.starts_with("--") ? shown.substr(2) : shown;
}

std::string config_line(const Setting& setting) {
  const std::string index = setting.index ? fmt::format("[{}]", *setting.index) : "";
  const std::string& v = setting.value;
  const bool plain = std::none_of(v.begin(), v.end(), is_control) && !v.starts_with('"') && trim(v).size() == v.size();
  const std::string value = setting.option->kind == Kind::kFlag ? "true" : plain ? v : quoted(v);
  return fmt::format("{}{} = {}\n", config_name(*setting.option), index, value);
}

}  // namespace portolan::options
