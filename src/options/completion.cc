// SPDX-License-Identifier: Apache-2.0
#include "options/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "options/completion_scripts.h"

namespace portolan::options {
namespace {

struct Offer {
  std::string word;
  std::string help;
};

// A word of any of the three shells, in single quotes.
std::string quoted(Shell shell, std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += shell == Shell::kFish ? "\\'" : "'\\''";
    } else if (c == '\\' && shell == Shell::kFish) {
      out += "\\\\";
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

std::string quoted_all(Shell shell, const std::vector<std::string>& words, std::string_view between = " ") {
  std::vector<std::string> all;
  for (const std::string& word : words) all.push_back(quoted(shell, word));
  return fmt::format("{}", fmt::join(all, between));
}

std::vector<std::string> strings(std::string_view by_spaces) {
  const auto words = split_words(by_spaces);
  return {words.begin(), words.end()};
}

// The first sentence, without its full stop: a line of a list has room for no more.
std::string first_sentence(std::string_view text) {
  std::string_view sentence = text.substr(0, text.find(". "));
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return std::string(sentence);
}

bool is_offered(const Option& option) { return option.kind != Kind::kRefused; }

std::vector<Offer> offers_of(const Table& table) {
  std::vector<Offer> offers;
  for (const Option* row : table.rows()) {
    if (!is_offered(*row)) continue;
    const std::string help = first_sentence(row->help);
    for (const std::string_view form : split_words(row->shorts)) offers.push_back({std::string(form), help});
    if (!row->names.empty()) offers.push_back({display(*row), help});
  }
  return offers;
}

std::vector<std::string> other_names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Option* row : table.rows()) {
    if (!is_offered(*row)) continue;
    for (const std::string_view name : split_words(row->names)) {
      if (name.data() != row->names.data()) names.push_back(fmt::format("--{}", name));
    }
  }
  return names;
}

// As the engines look options up.
std::vector<std::string> keys_of(const Option& option) {
  std::vector<std::string> keys = strings(option.shorts);
  for (const std::string_view name : split_words(option.names)) keys.push_back(canonical(name));
  return keys;
}

std::string takes_of(const Option& option) {
  const auto says = [&](std::string_view part) { return option.value.find(part) != option.value.npos; };
  const auto names = split_words(option.names);
  std::string takes = "text";
  if (option.kind == Kind::kBool || option.kind == Kind::kWord) takes = "choice";
  if (option.kind == Kind::kWords) takes = "list";
  const bool text = option.kind == Kind::kText || option.kind == Kind::kList;
  if (text && (says("FILE") || says("PATH") || says("BASE"))) takes = option.value.ends_with("...") ? "files" : "file";
  if (text && says("DIR")) takes = "folder";
  if (std::find(names.begin(), names.end(), "interface") != names.end()) takes = "interface";
  return takes + (option.kind == Kind::kBool || !option.bare.empty() ? "?" : "");
}

std::vector<std::string> choice_of(const Option& option) {
  return strings(option.kind == Kind::kBool ? "yes no" : option.words);
}

std::vector<std::string> rest_of(const CompletedCommand& command) {
  return command.takes_files ? std::vector<std::string>{"/"} : strings(command.words);
}

// zsh's _describe parts a word from its help at the first colon.
std::string item(Shell shell, const Offer& offer) {
  return quoted(shell, shell == Shell::kZsh ? offer.word + ":" + offer.help : offer.word);
}

// The function of a command, for bash and zsh.
std::string command_function(Shell shell, const CompletedCommand& command) {
  std::string out = fmt::format("\n_portolan_{}() {{\n  case $1 in\n    '')\n", command.name);
  if (command.table != nullptr) {
    out += "      options=(\n";
    for (const Offer& offer : offers_of(*command.table)) out += fmt::format("        {}\n", item(shell, offer));
    out += fmt::format("      )\n      aliases=({})\n", quoted_all(shell, other_names_of(*command.table)));
  }
  out += fmt::format("      rest=({})\n      ;;\n", quoted_all(shell, rest_of(command)));
  if (command.table != nullptr) {
    for (const Option* row : command.table->rows()) {
      if (!is_offered(*row) || !takes_value(*row)) continue;
      const auto choice = choice_of(*row);
      out += fmt::format("    {}) takes='{}'", quoted_all(shell, keys_of(*row), " | "), takes_of(*row));
      if (!choice.empty()) out += fmt::format(" choice=({})", quoted_all(shell, choice));
      out += " ;;\n";
    }
  }
  return out + "  esac\n}\n";
}

std::string alone_function(std::span<const CompletedCommand> commands, std::string_view path_of_program) {
  std::string out =
      "\n# Prints which command the program is alone that is started as $1; nothing for portolan itself; none for a\n"
      "# program of that name which is not ours, and gets what a shell does without us.\n"
      "_portolan_alone() {\n  local command\n  case ${1##*/} in\n";
  for (const CompletedCommand& c : commands) {
    if (!c.alone.empty()) out += fmt::format("    {}) command={} ;;\n", c.alone, c.name);
  }
  return out + fmt::format("    *) return ;;\n  esac\n  [[ {} == */portolan ]] || command=none\n", path_of_program) +
         "  printf '%s' \"$command\"\n}\n";
}

std::vector<std::string> names_of_program(std::span<const CompletedCommand> commands) {
  std::vector<std::string> names{"portolan"};
  for (const CompletedCommand& c : commands) {
    if (!c.alone.empty()) names.emplace_back(c.alone);
  }
  return names;
}

std::string bash_script(std::span<const CompletedCommand> commands) {
  std::vector<std::string> words;
  for (const CompletedCommand& c : commands) words.emplace_back(c.name);
  std::string out = "# Completion for bash, as `portolan completion bash` prints it.\n";
  for (const CompletedCommand& c : commands) out += command_function(Shell::kBash, c);
  out += fmt::format("\n_portolan_commands() {{ printf '%s\\n' {}; }}\n", quoted_all(Shell::kBash, words));
  out += alone_function(commands, "$(readlink -f \"$(type -P \"$1\")\")");
  out += kBashEngine;
  return out + fmt::format("\ncomplete -F _portolan {}\n", fmt::join(names_of_program(commands), " "));
}

std::string zsh_script(std::span<const CompletedCommand> commands) {
  const std::string names = fmt::format("{}", fmt::join(names_of_program(commands), " "));
  std::string out = fmt::format("#compdef {}\n# Completion for zsh, as `portolan completion zsh` prints it.\n", names);
  for (const CompletedCommand& c : commands) out += command_function(Shell::kZsh, c);
  out += "\n_portolan_commands() {\n  commands=(\n";
  for (const CompletedCommand& c : commands) {
    out += fmt::format("    {}\n", item(Shell::kZsh, {std::string(c.name), std::string(c.summary)}));
  }
  out += "  )\n}\n" + alone_function(commands, "${$(whence -p -- \"$1\"):A}");
  out += kZshEngine;
  // Loaded by zsh on the first use the file is the function's body; sourced by hand it has to be registered.
  return out + fmt::format(
                   "\nif [[ $funcstack[1] == _portolan ]]; then\n  _portolan \"$@\"\nelse\n"
                   "  compdef _portolan {}\nfi\n",
                   names);
}

// A function that prints `lines`, each with its quotes.
std::string fish_printer(std::string_view name, const std::vector<std::string>& lines) {
  if (lines.empty()) return fmt::format("\nfunction __portolan_{}\nend\n", name);
  return fmt::format("\nfunction __portolan_{}\n    printf '%s\\n' {}\nend\n", name, fmt::join(lines, " \\\n        "));
}

// What fish has between a word and its help is a tab, which stands outside of the quotes.
std::string fish_item(const Offer& offer) {
  return fmt::format("{}\\t{}", quoted(Shell::kFish, offer.word), quoted(Shell::kFish, offer.help));
}

std::string fish_command(const CompletedCommand& command) {
  std::vector<std::string> options, aliases;
  std::string look_up;
  if (command.table != nullptr) {
    for (const Offer& offer : offers_of(*command.table)) options.push_back(fish_item(offer));
    for (const std::string& name : other_names_of(*command.table)) aliases.push_back(quoted(Shell::kFish, name));
    for (const Option* row : command.table->rows()) {
      if (!is_offered(*row) || !takes_value(*row)) continue;
      std::vector<std::string> said = choice_of(*row);
      said.insert(said.begin(), takes_of(*row));
      look_up += fmt::format("        case {}\n            printf '%s\\n' {}\n",
                             quoted_all(Shell::kFish, keys_of(*row)), quoted_all(Shell::kFish, said));
    }
  }
  std::vector<std::string> rest;
  for (const std::string& word : rest_of(command)) rest.push_back(quoted(Shell::kFish, word));
  std::string out = fmt::format("\nfunction __portolan_{}\n", command.name);
  if (!look_up.empty()) out += fmt::format("    switch $argv[1]\n{}    end\n", look_up);
  return out + "end\n" + fish_printer(fmt::format("{}_options", command.name), options) +
         fish_printer(fmt::format("{}_aliases", command.name), aliases) +
         fish_printer(fmt::format("{}_rest", command.name), rest);
}

std::string fish_script(std::span<const CompletedCommand> commands) {
  std::vector<std::string> names;
  std::string out = "# Completion for fish, as `portolan completion fish` prints it.\n", alone;
  for (const CompletedCommand& c : commands) {
    out += fish_command(c);
    names.push_back(fish_item({std::string(c.name), std::string(c.summary)}));
    if (!c.alone.empty()) alone += fmt::format("        case {}\n            set command {}\n", c.alone, c.name);
  }
  out += fish_printer("commands", names);
  out +=
      "\n# As in bash: which command the program is alone that is started as $argv[1]; none if it is not ours.\n"
      "function __portolan_alone\n    set -l command\n    switch (string replace -r '.*/' '' -- $argv[1])\n" +
      alone +
      "        case '*'\n            return\n    end\n"
      "    string match -q '*/portolan' -- (realpath (command -s $argv[1]; or echo none) 2>/dev/null)\n"
      "    and echo $command; or echo none\nend\n";
  out += kFishEngine;
  for (const std::string& name : names_of_program(commands)) {
    out += fmt::format("\ncomplete -c {} -f -a '(__portolan)'", name);
  }
  return out + "\n";
}

}  // namespace

std::optional<Shell> shell_from_name(std::string_view name) {
  if (name == "bash") return Shell::kBash;
  if (name == "zsh") return Shell::kZsh;
  if (name == "fish") return Shell::kFish;
  return std::nullopt;
}

std::string render_completion(Shell shell, std::span<const CompletedCommand> commands) {
  if (shell == Shell::kBash) return bash_script(commands);
  return shell == Shell::kZsh ? zsh_script(commands) : fish_script(commands);
}

}  // namespace portolan::options
