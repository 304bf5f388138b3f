// SPDX-License-Identifier: Apache-2.0
// Option, Table: what can be set, declared once as data.
//
// A row says everything that is known about an option: the command line, its help, the manual page and the completion
// are all made from it. This room knows the grammar and no particular option; the rows belong to the commands. Rows are
// static data and outlive the Table, which holds pointers. Immutable after construction: any thread.
//
// Names compare without regard to case and to '-', '_' and '.', so `--max-rate`, `--MaxRate` and `--max_rate` are one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace portolan::options {

enum class Kind : uint8_t {
  kFlag,     // no value: it is there or it is not
  kBool,     // yes no on off true false 1 0; alone it means yes
  kNumber,   // a whole decimal number from min to max
  kSeconds,  // a time from min to max seconds: "10", "0.5", "500ms", "2m", "1h"
  kText,     // any text but the empty one; the last one given counts
  kWord,     // one of `words`
  kWords,    // some of `words`, by comma
  kList,     // any text but the empty one; each use adds to those before
  kRefused,  // known from other scanners and not taken here: `help` is the cure
};

struct Option {
  std::string_view names = {};   // long names by spaces, without "--", the preferred one first
  std::string_view shorts = {};  // "-p -oL", by spaces; a value may be glued to them
  Kind kind = Kind::kFlag;
  std::string_view value = {};  // what the value is called in help, with its unit: "SECONDS", "FILE"
  std::string_view bare = {};   // what the option means without a value; empty: it needs one (kBool never does)
  std::string_view words = {};  // by spaces: the choice; for numbers, times and texts, words taken beside them ("off")
  uint64_t min = 0;             // kNumber, kSeconds: bounds, both included
  uint64_t max = UINT64_MAX;
  std::string_view fallback = {};  // the default, as it would be typed; for help only
  std::string_view group = {};     // the heading it stands under
  std::string_view help = {};      // one sentence or a few, without the default
  std::string_view commands = {};  // the commands that take it, by spaces
  bool indexed = false;            // takes --name[N]
};

bool takes_value(const Option& option);
std::string display(const Option& option);  // "--rate", or "-sS" for one without a long name
std::string canonical(std::string_view name);
std::vector<std::string_view> split_words(std::string_view by_spaces);

class Table {
 public:
  // Takes of `rows` those that `command` takes, in their order. Throws std::logic_error when two rows claim one name:
  // a mistake of ours, which any test finds.
  Table(std::string_view command, std::span<const Option* const> rows);

  std::string_view command() const { return command_; }
  std::span<const Option* const> rows() const { return rows_; }

  // By long name, without "--"; nullptr: none.
  const Option* find(std::string_view name) const;

  // The short form that `word` ("-p80", "-oL") begins with, the longest if several; a flag must be the whole word.
  struct Short {
    const Option* option = nullptr;  // nullptr: none
    std::string_view glued;          // the rest of the word
  };
  Short find_short(std::string_view word) const;

  // The option, as typed, that is most like `word` (with its dashes); nullopt when none is near.
  std::optional<std::string> suggest(std::string_view word) const;

 private:
  std::string_view command_;
  std::vector<const Option*> rows_;
  std::unordered_map<std::string, const Option*> by_name_;  // canonical names
  std::vector<std::pair<std::string_view, const Option*>> by_short_;
};

}  // namespace portolan::options
