// SPDX-License-Identifier: Apache-2.0
#include "options/parse.h"

#include <fmt/format.h>

#include <utility>

#include "options/value.h"

namespace portolan::options {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '?'; }

bool looks_like_option(std::string_view word) {
  return word.starts_with("--") || (word.size() > 1 && word[0] == '-' && is_letter(word[1]));
}

class Parser {
 public:
  Parser(const Table& table, std::span<const std::string_view> args, uint32_t first)
      : table_(table), args_(args), first_(first) {}

  tl::expected<Settings, Error> run() {
    bool words_only = false;
    for (; at_ < args_.size(); ++at_) {
      const std::string_view word = args_[at_];
      if (!words_only && word == "--") {
        words_only = true;
      } else if (words_only || (!looks_like_option(word) && !is_digit_flag(word))) {
        out_.words.push_back({std::string(word), here()});
      } else if (!(word.starts_with("--") ? take_long(word) : take_short(word))) {
        return tl::unexpected(std::move(error_));
      }
    }
    return std::move(out_);
  }

 private:
  // "-6". Where a value may stand it is one: `-p -6` are ports.
  bool is_digit_flag(std::string_view word) const {
    return word.size() == 2 && word[0] == '-' && table_.find_short(word).option != nullptr;
  }

  Where here() const { return {.argument = first_ + static_cast<uint32_t>(at_)}; }

  bool fail(Error error) {
    error.where = here().to_string();
    error_ = std::move(error);
    return false;
  }

  bool unknown(std::string_view word) {
    const auto meant = table_.suggest(word);
    return fail({fmt::format("there is no option {}", word),
                 {},
                 meant ? fmt::format("did you mean {}?", *meant)
                       : fmt::format("portolan {} --help lists the options", table_.command())});
  }

  bool take_long(std::string_view word) {
    const std::string_view body = word.substr(2);
    const std::string_view name = body.substr(0, body.find_first_of("=:["));
    const Option* option = table_.find(name);
    if (option == nullptr) return unknown(word.substr(0, name.size() + 2));
    if (option->kind == Kind::kRefused) return take(*option, std::nullopt, std::nullopt);
    std::string_view rest = body.substr(name.size());
    std::optional<uint16_t> index;
    if (rest.starts_with('[')) {
      if (auto error = take_index(*option, rest, index)) return fail(*std::move(error));
    }
    if (rest.empty()) return take(*option, index, std::nullopt);
    if (rest[0] != '=' && rest[0] != ':') {
      return fail(
          {fmt::format("'{}' after {} is not understood", rest, display(*option)), {}, "write --name[number]=value"});
    }
    return take(*option, index, rest.substr(1));
  }

  bool take_short(std::string_view word) {
    const auto [option, glued] = table_.find_short(word);
    if (option == nullptr) return unknown(word);
    return take(*option, std::nullopt, glued.empty() ? std::nullopt : std::optional(glued));
  }

  bool take(const Option& option, std::optional<uint16_t> index, std::optional<std::string_view> value) {
    if (option.kind == Kind::kRefused) {
      return fail(
          {fmt::format("portolan {} does not take {}", table_.command(), args_[at_]), {}, std::string(option.help)});
    }
    if (option.kind == Kind::kFlag && !value) return keep(option, index, "");
    if (value) return check_and_keep(option, index, *value);
    if (option.kind == Kind::kBool || !option.bare.empty()) {
      if (!next_is_plainly_for(option)) return keep(option, index, option.bare.empty() ? "yes" : option.bare);
    } else if (at_ + 1 == args_.size() || looks_like_option(args_[at_ + 1])) {
      return fail({fmt::format("{} needs a value", args_[at_]),
                   {},
                   fmt::format("write {} {}", args_[at_], option.value.empty() ? "VALUE" : option.value)});
    }
    ++at_;
    return check_and_keep(option, index, args_[at_]);
  }

  bool next_is_plainly_for(const Option& option) const {
    return at_ + 1 < args_.size() && is_plainly_a_value(option, args_[at_ + 1]);
  }

  bool check_and_keep(const Option& option, std::optional<uint16_t> index, std::string_view value) {
    if (auto error = check_value(option, value)) return fail(*std::move(error));
    return keep(option, index, value);
  }

  bool keep(const Option& option, std::optional<uint16_t> index, std::string_view value) {
    out_.settings.push_back({&option, index, std::string(value), here()});
    return true;
  }

  const Table& table_;
  std::span<const std::string_view> args_;
  uint32_t first_;
  size_t at_ = 0;
  Settings out_;
  Error error_;
};

}  // namespace

std::optional<Error> take_index(const Option& option, std::string_view& rest, std::optional<uint16_t>& index) {
  const size_t close = rest.find(']');
  const auto number = parse_number(rest.substr(1, close == std::string_view::npos ? close : close - 1));
  if (close == std::string_view::npos || !number || *number > UINT16_MAX) {
    return Error{fmt::format("the index in '{}{}' is not a number from 0 to 65535", display(option), rest),
                 {},
                 "write it as --name[80]"};
  }
  if (!option.indexed) {
    return Error{fmt::format("{} takes no index", display(option)), {}, "leave the brackets out"};
  }
  index = static_cast<uint16_t>(*number);
  rest.remove_prefix(close + 1);
  return std::nullopt;
}

tl::expected<Settings, Error> parse(const Table& table, std::span<const std::string_view> args, uint32_t first) {
  return Parser(table, args, first).run();
}

}  // namespace portolan::options
