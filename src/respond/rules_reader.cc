// SPDX-License-Identifier: Apache-2.0
#include "respond/rules_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "addr/grammar.h"
#include "base/toml_plus_plus.h"
#include "options/nearest.h"
#include "respond/rule_values.h"

namespace portolan::respond {
namespace {

constexpr std::string_view kKeys[] = {"name",        "transport",       "ports",         "client",   "server",
                                      "starts_with", "starts_with_hex", "pattern",       "greeting", "greeting_hex",
                                      "answer",      "close",           "silence",       "reset",    "serve",
                                      "forward",     "answer_hex",      "proxy_protocol"};

// Mistakes, with the place of each.
class Problems {
 public:
  explicit Problems(std::string_view title) : title_(title) {}

  void add(const toml::source_region& where, std::string what, std::string cure) {
    errors_.push_back({title_, where.begin.line, where.begin.column, std::move(what), std::move(cure)});
  }
  bool any() const { return !errors_.empty(); }
  std::vector<RuleError> take() {
    std::stable_sort(errors_.begin(), errors_.end(), [](const RuleError& a, const RuleError& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    if (errors_.size() > kMostRuleErrors) errors_.resize(kMostRuleErrors);
    return std::move(errors_);
  }

 private:
  std::string title_;
  std::vector<RuleError> errors_;
};

std::string nearest_key(std::string_view word) {
  options::Nearest nearest{std::string(word)};
  for (const std::string_view key : kKeys) nearest.offer(key, std::string(key));
  if (nearest.best()) return fmt::format("did you mean {}?", *nearest.best());
  return fmt::format("the keys of a rule are {}", fmt::join(kKeys, " "));
}

// One [[rule]].
class RuleReader {
 public:
  RuleReader(const toml::table& table, size_t number, Problems& problems)
      : table_(&table), problems_(&problems), rule_(named(number)) {}

  Rule read() {
    check_keys();
    read_conditions();
    read_deed();
    read_greeting();
    settle_transport();
    return std::move(rule_);
  }

 private:
  static Rule named(size_t number) {
    Rule rule;
    rule.name = fmt::format("rule {}", number);
    return rule;
  }

  void fail(const toml::node& at, std::string what, std::string cure) {
    problems_->add(at.source(), std::move(what), std::move(cure));
  }
  // The place is that of the text: where in it the mistake is, is said, since escapes move the columns.
  void fail(const toml::node& at, const addr::TextError& e) {
    fail(at, e.offset == 0 ? e.what : fmt::format("{}, at character {}", e.what, e.offset + 1), e.cure);
  }
  const toml::node* node(std::string_view key) const { return table_->get(key); }
  bool has(std::string_view key) const { return table_->contains(key); }

  std::optional<std::string> text_of(const toml::node& n, std::string_view key) {
    if (const auto* s = n.as_string()) return s->get();
    fail(n, fmt::format("{} is not a text", key), "put it between quotes");
    return std::nullopt;
  }
  std::optional<std::string> text(std::string_view key) { return has(key) ? text_of(*node(key), key) : std::nullopt; }
  bool flag(std::string_view key) {
    if (!has(key)) return false;
    if (const auto* b = node(key)->as_boolean()) return b->get();
    fail(*node(key), fmt::format("{} is neither true nor false", key), fmt::format("write {} = true", key));
    return true;  // as it was meant, so that nothing else is found wrong
  }
  // Calls each(node) for the items of a list, or for the one value that stands in its place.
  template <class Each>
  void for_each(std::string_view key, Each&& each) {
    if (!has(key)) return;
    const toml::array* list = node(key)->as_array();
    if (list == nullptr) return each(*node(key));
    if (list->empty()) fail(*list, fmt::format("{} is an empty list", key), "leave it out if it does not matter");
    for (const toml::node& item : *list) each(item);
  }

  void check_keys() {
    rule_.line = table_->source().begin.line;
    for (const auto& [key, value] : *table_) {
      if (std::find(std::begin(kKeys), std::end(kKeys), key.str()) != std::end(kKeys)) continue;
      problems_->add(key.source(), fmt::format("there is no key '{}'", key.str()), nearest_key(key.str()));
    }
    if (auto name = text("name")) rule_.name = *std::move(name);
  }

  void read_conditions() {
    read_transport();
    read_ports();
    rule_.clients = addresses("client");
    rule_.servers = addresses("server");
    rule_.starts_with = first_bytes();
    if (has("pattern")) read_pattern();
  }

  void read_transport() {
    if (!has("transport")) return;
    rule_.tcp = rule_.udp = false;
    for_each("transport", [this](const toml::node& n) {
      const auto word = text_of(n, "transport");
      if (!word) return;
      if (*word == "tcp") {
        rule_.tcp = true;
      } else if (*word == "udp") {
        rule_.udp = true;
      } else {
        fail(n, fmt::format("'{}' is no transport", *word), "write \"tcp\", \"udp\" or both in a list");
      }
    });
  }

  void read_ports() {
    for_each("ports", [this](const toml::node& n) {
      const auto* number = n.as_integer();
      const auto* range = n.as_string();
      if (number == nullptr && range == nullptr) {
        fail(n, "ports holds something else than ports", "write ports = [21, \"8000-8100\"]");
      } else if (number == nullptr) {
        if (const auto added = add_ports(range->get(), rule_.ports); !added) fail(n, added.error());
      } else if (number->get() < 0 || number->get() > 65535) {
        fail(n, fmt::format("{} is no port", number->get()), "write a number from 0 to 65535");
      } else {
        const auto port = static_cast<uint16_t>(number->get());
        rule_.ports.push_back({port, port});
      }
    });
    rule_.ports = settle_ports(std::move(rule_.ports));
  }

  std::optional<AddressSet> addresses(std::string_view key) {
    if (!has(key)) return std::nullopt;
    AddressCollector collected;
    for_each(key, [&](const toml::node& n) {
      const auto word = text_of(n, key);
      if (!word) return;
      if (const auto added = collected.add(*word); !added) fail(n, added.error());
    });
    return collected.take();
  }

  // What is written under KEY, or in hexadecimal under KEY_hex.
  struct Spelling {
    const toml::node* at = nullptr;
    std::string text{};
    bool hex = false;
  };
  std::optional<Spelling> spelling(std::string_view key) {
    const std::string hex_key = std::string(key) + "_hex";
    if (has(key) && has(hex_key)) {
      fail(*node(hex_key), fmt::format("{} and {} say the same thing twice", key, hex_key), "leave one of them out");
    }
    const std::string_view used = has(key) ? key : hex_key;
    auto word = text(used);
    if (!word) return std::nullopt;
    if (word->empty()) fail(*node(used), fmt::format("{} is empty", used), "leave it out");
    return Spelling{node(used), *std::move(word), !has(key)};
  }

  std::string first_bytes() {
    const auto s = spelling("starts_with");
    if (!s) return {};
    auto bytes = s->hex ? parse_hex(s->text) : parse_escapes(s->text);
    if (!bytes) fail(*s->at, bytes.error());
    return bytes ? *std::move(bytes) : std::string();
  }

  AnswerTemplate sentence(std::string_view key, int groups) {
    const auto s = spelling(key);
    if (!s) return {};
    auto parsed = s->hex ? parse_hex(s->text).map(AnswerTemplate::literal) : AnswerTemplate::parse(s->text, groups);
    if (!parsed) fail(*s->at, parsed.error());
    return parsed ? *std::move(parsed) : AnswerTemplate();
  }

  void read_pattern() {
    const auto word = text("pattern");
    if (!word) return;
    auto compiled = Pattern::compile(*word);
    if (compiled) {
      rule_.pattern = *std::move(compiled);
      return;
    }
    fail(*node("pattern"),
         {compiled.error().at, 1, fmt::format("the pattern is none: {}", compiled.error().what),
          "the syntax is that of pcre2pattern(3); between single quotes TOML leaves backslashes alone"});
  }

  int groups() const {
    // After a pattern that is no pattern nothing is said about groups.
    if (has("pattern") && !rule_.pattern) return static_cast<int>(kMostGroups);
    return rule_.pattern ? static_cast<int>(rule_.pattern->groups()) : -1;
  }

  void read_deed() {
    struct Choice {
      std::string_view key;
      RuleDeed deed;
      bool chosen;
    };
    const Choice choices[] = {{"answer", RuleDeed::kAnswer, has("answer") || has("answer_hex")},
                              {"silence", RuleDeed::kSilence, flag("silence")},
                              {"reset", RuleDeed::kReset, flag("reset")},
                              {"serve", RuleDeed::kServe, has("serve")},
                              {"forward", RuleDeed::kForward, has("forward")}};
    std::string_view first;
    for (const Choice& c : choices) {
      if (!c.chosen) continue;
      if (!first.empty()) {
        fail(*table_, fmt::format("a rule cannot have both {} and {}", first, c.key), "make two rules of it");
      }
      if (first.empty()) rule_.deed = c.deed;
      first = c.key;
    }
    rule_.answer = sentence("answer", groups());
    rule_.closes = flag("close");
    read_server();
    read_forward();
    if (first.empty() && !has("greeting") && !has("greeting_hex")) {
      if (rule_.closes) {
        rule_.deed = RuleDeed::kAnswer;  // to close is an answer
      } else {
        fail(*table_, "the rule does nothing", "add an answer, greeting, close, silence, reset, serve or forward");
      }
    }
  }

  void read_server() {
    const auto word = text("serve");
    if (!word) return;
    rule_.server = proto::find_server(*word);
    if (rule_.server != nullptr) return;
    std::vector<std::string_view> known;
    for (const proto::Server* s : proto::servers()) known.push_back(s->name);
    fail(*node("serve"), fmt::format("there is no protocol '{}'", *word),
         fmt::format("use one of {}", fmt::join(known, " ")));
  }

  void read_forward() {
    if (has("proxy_protocol") && !has("forward")) {
      fail(*node("proxy_protocol"), "proxy_protocol is for rules that forward", "add forward, or leave it out");
    } else if (has("proxy_protocol")) {
      const auto* version = node("proxy_protocol")->as_integer();
      if (version == nullptr || version->get() < 0 || version->get() > 2) {
        fail(*node("proxy_protocol"), "there is no such version of the PROXY protocol",
             "write 2, 1, or 0 for no header");
      } else {
        rule_.forward.proxy_protocol = static_cast<uint8_t>(version->get());
      }
    }
    const auto word = text("forward");
    if (!word) return;
    const auto to = parse_forward(*word);
    if (!to) return fail(*node("forward"), to.error());
    rule_.forward.address = to->address;
    rule_.forward.port = to->port;
  }

  void read_greeting() {
    rule_.greeting = sentence("greeting", -1);
    const bool talks = rule_.deed == RuleDeed::kGreet || rule_.deed == RuleDeed::kAnswer;
    if (rule_.closes && !talks) {
      fail(*node("close"), "close is for rules that answer or greet", "leave it out");
    }
    if (rule_.deed == RuleDeed::kGreet && rule_.has_first_bytes()) {
      fail(*table_, "a greeting comes before any bytes of the client",
           "leave out starts_with and pattern, or add an answer");
    }
  }

  // Deeds that only a connection can have make a rule one for TCP.
  void settle_transport() {
    const bool connected = rule_.deed == RuleDeed::kReset || rule_.deed == RuleDeed::kForward || rule_.closes ||
                           has("greeting") || has("greeting_hex");
    if (connected && rule_.udp && has("transport")) {
      fail(*node("transport"), "greeting, close, reset and forward are for TCP",
           "leave out \"udp\", or make two rules of it");
    }
    if (connected) rule_.udp = false;
    if (rule_.server == nullptr) return;
    const bool speaks = (rule_.server->tcp && rule_.tcp) || (rule_.server->udp && rule_.udp);
    if (!speaks) {
      fail(*node("serve"), fmt::format("{} is not spoken over this transport", rule_.server->name),
           "change one of the two");
    }
    rule_.tcp = rule_.tcp && rule_.server->tcp;
    rule_.udp = rule_.udp && rule_.server->udp;
  }

  const toml::table* table_;
  Problems* problems_;
  Rule rule_;
};

std::vector<Rule> read_all(const toml::array& list, Problems& problems) {
  std::vector<Rule> rules;
  size_t patterns = 0;
  for (const toml::node& n : list) {
    if (rules.size() == Rules::kMostRules) {
      problems.add(n.source(), fmt::format("there are more than {} rules", Rules::kMostRules), "make fewer of them");
      break;
    }
    rules.push_back(RuleReader(*n.as_table(), rules.size() + 1, problems).read());
    if (rules.back().pattern && ++patterns == Rules::kMostPatterns + 1) {
      problems.add(n.source(), fmt::format("there are more than {} patterns", Rules::kMostPatterns),
                   "use starts_with where it will do: it is faster too");
    }
  }
  return rules;
}

std::vector<Rule> read_root(const toml::table& root, Problems& problems) {
  for (const auto& [key, value] : root) {
    if (key.str() == "rule") continue;
    problems.add(key.source(), fmt::format("'{}' stands outside of any rule", key.str()),
                 "write [[rule]] on a line before it");
  }
  const toml::node* list = root.get("rule");
  if (list == nullptr) return {};
  if (list->is_array_of_tables()) return read_all(*list->as_array(), problems);
  problems.add(list->source(), "rule is not a list of sections", "write [[rule]], with two brackets, before each rule");
  return {};
}

}  // namespace

std::string RuleError::to_string() const { return fmt::format("{}:{}:{}: {}; {}", title, line, column, what, cure); }

ReadRules read_rules(std::string_view text, std::string_view title) {
  Problems problems(title);
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    problems.add(parsed.error().source(), std::string(parsed.error().description()),
                 "this is no TOML: see https://toml.io");
    return tl::unexpected(problems.take());
  }
  std::vector<Rule> rules = read_root(parsed.table(), problems);
  if (problems.any()) return tl::unexpected(problems.take());
  return std::make_shared<const Rules>(std::move(rules));
}

}  // namespace portolan::respond
