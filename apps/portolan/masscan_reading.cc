// SPDX-License-Identifier: Apache-2.0
#include "portolan/masscan_reading.h"

#include <algorithm>
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

// Written whatever was asked, and the same as saying nothing.
struct Silent {
  std::string_view name;
  std::string_view values;  // by spaces, few enough to be compared with each line
};

constexpr std::array kSilent{
    // What of a banner is kept: of those that are not taken, nothing is.
    Silent{"capture", "cert"},
    // Its defaults. Nothing but masscan's own code could want another.
    Silent{"min-packet", "60"},
    Silent{"blackrock-rounds", "14"},
    Silent{"connection-timeout", "30"},
    // An address of none.
    Silent{"source-ip", "0.0.0.0"},
    Silent{"router-ip", "0.0.0.0"},
    Silent{"source-mac", "00:00:00:00:00:00 00-00-00-00-00-00"},
    Silent{"router-mac", "00:00:00:00:00:00 00-00-00-00-00-00"},
    Silent{"router-mac-ipv4", "00:00:00:00:00:00 00-00-00-00-00-00"},
    Silent{"router-mac-ipv6", "00:00:00:00:00:00 00-00-00-00-00-00"},
    // No rotation, and where its files would go.
    Silent{"rotate", "0"},
    Silent{"rotate-offset", "0"},
    Silent{"rotate-size", "0"},
    Silent{"rotate-dir", "."},
    // Results that go nowhere, or to the server that `redis` names.
    Silent{"output-format", "unknown(0)"},
    Silent{"output-filename", "<redis>"},
};

bool has_word(std::string_view by_spaces, std::string_view word) {
  for (size_t at = 0; (at = by_spaces.find(word, at)) != std::string_view::npos; ++at) {
    const size_t end = at + word.size();
    if ((at == 0 || by_spaces[at - 1] == ' ') && (end == by_spaces.size() || by_spaces[end] == ' ')) return true;
  }
  return false;
}

bool is_silent(const options::Option& option, std::string_view name, std::string_view value) {
  return std::any_of(kSilent.begin(), kSilent.end(), [&](const Silent& row) {
    if (!has_word(row.values, value)) return false;
    // Refused options share rows, and their names are not of one meaning.
    return option.kind == options::Kind::kRefused ? options::canonical(row.name) == name
                                                  : scan_table().find(row.name) == &option;
  });
}

// "open,,host" of three states. A host that is up is open to us.
std::string states_of(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const size_t end = std::min(words.find(','), words.size());
    const std::string_view word = words.substr(0, end);
    if (!word.empty() && word != "host") (out += out.empty() ? "" : ",") += word;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

}  // namespace

bool masscan_reading(const options::Option& option, std::string_view name, std::string& value) {
  static const options::Option* const show = scan_table().find("show");
  if (is_silent(option, name, value)) return false;
  if (&option != show) return true;
  value = states_of(value);
  return !value.empty();
}

}  // namespace portolan::cli
