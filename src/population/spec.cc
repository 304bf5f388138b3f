// SPDX-License-Identifier: Apache-2.0
#include "population/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "population/spec_entries.h"

namespace portolan::population {

namespace spec_internal {
namespace {

constexpr std::array kKeys = {
    Key{"seed", "seed", Shape::kScalar},
    Key{"live", "live", Shape::kScalar},
    Key{"unreachable", "unreachable", Shape::kScalar},
    Key{"networks", "networks", Shape::kList},
    Key{"echo", "echo", Shape::kScalar},
    Key{"tarpit", "tarpit", Shape::kScalar},
    Key{"syn-proxy", "syn-proxy", Shape::kScalar},
    Key{"ack-only", "ack-only", Shape::kScalar},
    Key{"personalities", "personalities", Shape::kMap},
    Key{"odd-services", "odd-services", Shape::kScalar},
    Key{"closed", "closed", Shape::kScalar},
    Key{"silent", "silent", Shape::kScalar},
    Key{"rejected", "rejected", Shape::kScalar},
    Key{"tcp.open", "tcp", Shape::kMap},
    Key{"tcp.closed", "tcp-closed", Shape::kScalar},
    Key{"tcp.silent", "tcp-silent", Shape::kScalar},
    Key{"tcp.rejected", "tcp-rejected", Shape::kScalar},
    Key{"udp.open", "udp", Shape::kMap},
    Key{"udp.closed", "udp-closed", Shape::kScalar},
    Key{"udp.silent", "udp-silent", Shape::kScalar},
    Key{"udp.rejected", "udp-rejected", Shape::kScalar},
    Key{"weather.loss", "loss", Shape::kScalar},
    Key{"weather.duplication", "duplication", Shape::kScalar},
    Key{"weather.reordering", "reordering", Shape::kScalar},
    Key{"weather.delay", "delay", Shape::kScalar},
    Key{"weather.icmp-errors", "icmp-errors", Shape::kScalar},
    Key{"weather.syn-ack-repeats", "syn-ack-repeats", Shape::kScalar},
};

constexpr std::array kHostKeys = {
    Key{"address", {}, Shape::kScalar}, Key{"kind", {}, Shape::kScalar},   Key{"personality", {}, Shape::kScalar},
    Key{"name", {}, Shape::kScalar},    Key{"echo", {}, Shape::kScalar},   Key{"rest", {}, Shape::kScalar},
    Key{"open", {}, Shape::kList},      Key{"open-udp", {}, Shape::kList}, Key{"services", {}, Shape::kMap},
};

bool earlier(const SpecError& a, const SpecError& b) {
  return std::tie(a.line, a.column, a.what) < std::tie(b.line, b.column, b.what);
}

std::string quoted(std::string_view text) { return fmt::format("'{}'", text); }

// Reads the one-line form.
class LineReader {
 public:
  LineReader(std::string_view text, Problems& problems) : text_(text), problems_(&problems) {}

  Entries read() {
    for (size_t at = 0; at <= text_.size();) {
      const size_t end = std::min(text_.find(',', at), text_.size());
      read_setting(at, end);
      at = end + 1;
    }
    return std::move(entries_);
  }

 private:
  static Place place(size_t offset) { return {1, static_cast<uint32_t>(offset + 1)}; }

  void read_setting(size_t at, size_t end) {
    const std::string_view setting = text_.substr(at, end - at);
    const size_t equals = setting.find('=');
    const std::string_view name = setting.substr(0, equals);
    const auto known = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.one_line == name; });
    if (equals == setting.npos) {
      problems_->add(place(at), quoted(setting) + " has no '='", "write settings as NAME=VALUE, with commas between");
    } else if (known == kKeys.end()) {
      problems_->add(place(at), "there is no setting " + quoted(name), "use one of " + key_names(kKeys, true));
    } else if (std::any_of(entries_.entries.begin(), entries_.entries.end(),
                           [&](const Entry& e) { return e.key == &*known; })) {
      problems_->add(place(at), fmt::format("{} is set twice", name), "set it once");
    } else {
      Entry entry{&*known, {}, place(at)};
      read_items(setting.substr(equals + 1), at + equals + 1, entry);
      entries_.entries.push_back(std::move(entry));
    }
  }

  void read_items(std::string_view value, size_t offset, Entry& into) {
    for (size_t at = 0; at <= value.size();) {
      const size_t end = into.key->shape == Shape::kScalar ? value.size() : std::min(value.find('+', at), value.size());
      const std::string_view item = value.substr(at, end - at);
      const size_t colon = into.key->shape == Shape::kMap ? item.find(':') : item.npos;
      if (into.key->shape == Shape::kMap && colon == item.npos) {
        problems_->add(place(offset + at), quoted(item) + " has no ':'",
                       fmt::format("write {}=NAME:SHARE, with + between several", into.key->one_line));
      } else {
        const size_t value_at = colon == item.npos ? 0 : colon + 1;
        into.items.push_back({std::string(item.substr(0, colon == item.npos ? 0 : colon)),
                              std::string(item.substr(value_at)), place(offset + at)});
      }
      at = end + 1;
    }
  }

  std::string_view text_;
  Problems* problems_;
  Entries entries_;
};

}  // namespace

std::span<const Key> keys() { return kKeys; }
std::span<const Key> host_keys() { return kHostKeys; }

std::vector<SpecError> Problems::take() {
  std::stable_sort(errors_.begin(), errors_.end(), earlier);
  return std::move(errors_);
}

std::string key_names(std::span<const Key> of, bool one_line) {
  std::string names;
  for (const Key& k : of) {
    if (!names.empty()) names += ", ";
    names += one_line ? k.one_line : k.path;
  }
  return names;
}

}  // namespace spec_internal

std::string SpecError::to_string() const { return fmt::format("{}:{}:{}: {}; {}", title, line, column, what, cure); }

bool is_inline_spec(std::string_view word) {
  const size_t equals = word.find('=');
  return equals != word.npos && equals < word.find('/');
}

ReadPopulation read_inline_population(std::string_view text, std::string_view title) {
  spec_internal::Problems problems(title);
  const spec_internal::Entries entries = spec_internal::LineReader(text, problems).read();
  Population::Parts parts = spec_internal::settle(entries, problems);
  if (problems.any()) return tl::unexpected(problems.take());
  return Population(std::move(parts));
}

}  // namespace portolan::population
