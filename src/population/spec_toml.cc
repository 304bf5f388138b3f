// SPDX-License-Identifier: Apache-2.0
// The TOML form of a population's description.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/toml_plus_plus.h"
#include "population/spec.h"
#include "population/spec_entries.h"

namespace portolan::population {

namespace spec_internal {
namespace {

Place place_of(const toml::source_region& where) { return {where.begin.line, where.begin.column}; }

// A scalar as it would be typed in the one-line form; nullopt: it is a date or no scalar.
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return fmt::format("{}", i->get());
  if (const auto* f = node.as_floating_point()) return fmt::format("{}", f->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "yes" : "no";
  return std::nullopt;
}

class TomlReader {
 public:
  explicit TomlReader(Problems& problems) : problems_(&problems) {}

  Entries read(const toml::table& root) {
    read_table(root, "", keys(), entries_.entries);
    return std::move(entries_);
  }

 private:
  static const Key* find(std::span<const Key> of, std::string_view path) {
    const auto at = std::find_if(of.begin(), of.end(), [&](const Key& k) { return k.path == path; });
    return at == of.end() ? nullptr : &*at;
  }
  static bool is_section(std::string_view path) {
    const std::string prefix = std::string(path) + ".";
    return std::any_of(keys().begin(), keys().end(), [&](const Key& k) { return k.path.starts_with(prefix); });
  }

  void read_table(const toml::table& table, const std::string& prefix, std::span<const Key> of,
                  std::vector<Entry>& into) {
    for (const auto& [name, node] : table) {
      const std::string path = prefix + std::string(name.str());
      const Place place = place_of(name.source());
      const bool top = prefix.empty() && of.data() == keys().data();
      if (const Key* key = find(of, path)) {
        into.push_back(read_entry(*key, node, place));
      } else if (top && path == "host") {
        read_hosts(node, place);
      } else if (top && is_section(path) && node.is_table()) {
        read_table(*node.as_table(), path + ".", of, into);
      } else if (top && is_section(path)) {
        problems_->add(place, fmt::format("{} is a section", path),
                       fmt::format("write [{}] on a line of its own", path));
      } else {
        problems_->add(place, fmt::format("there is no key '{}'", path), "use one of " + key_names(of, false));
      }
    }
  }

  void read_hosts(const toml::node& node, const Place& place) {
    const toml::array* hosts = node.as_array();
    if (hosts == nullptr || !hosts->is_homogeneous<toml::table>()) {
      problems_->add(place, "host is not a list of sections", "write [[host]], with two brackets, before each host");
      return;
    }
    for (const toml::node& host : *hosts) {
      HostEntries one{{}, place_of(host.source())};
      read_table(*host.as_table(), "", host_keys(), one.entries);
      entries_.hosts.push_back(std::move(one));
    }
  }

  Entry read_entry(const Key& key, const toml::node& node, const Place& place) {
    Entry entry{&key, {}, place};
    if (key.shape == Shape::kMap) {
      read_map(node, entry);
    } else if (key.shape == Shape::kList && node.is_array()) {
      for (const toml::node& item : *node.as_array()) add_item("", item, entry);
    } else {
      add_item("", node, entry);
    }
    return entry;
  }

  void read_map(const toml::node& node, Entry& entry) {
    const toml::table* map = node.as_table();
    if (map == nullptr) {
      problems_->add(place_of(node.source()), fmt::format("{} is not a table", entry.key->path),
                     fmt::format("write {} = {{ \"NAME\" = VALUE }}", entry.key->path));
      return;
    }
    for (const auto& [name, value] : *map) add_item(std::string(name.str()), value, entry);
  }

  void add_item(std::string name, const toml::node& node, Entry& entry) {
    if (auto text = scalar_text(node)) {
      entry.items.push_back({std::move(name), *std::move(text), place_of(node.source())});
      return;
    }
    problems_->add(
        place_of(node.source()), fmt::format("{} has a value of the wrong kind", entry.key->path),
        entry.key->shape == Shape::kList ? "write a list of values, as in [1, 2]" : "write a number or a text");
  }

  Problems* problems_;
  Entries entries_;
};

}  // namespace
}  // namespace spec_internal

ReadPopulation read_toml_population(std::string_view text, std::string_view title) {
  spec_internal::Problems problems(title);
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    problems.add(spec_internal::place_of(parsed.error().source()), std::string(parsed.error().description()),
                 "this is no TOML: see https://toml.io");
    return tl::unexpected(problems.take());
  }
  const spec_internal::Entries entries = spec_internal::TomlReader(problems).read(parsed.table());
  Population::Parts parts = spec_internal::settle(entries, problems);
  if (problems.any()) return tl::unexpected(problems.take());
  return Population(std::move(parts));
}

}  // namespace portolan::population
