// SPDX-License-Identifier: Apache-2.0
#include "output/format.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::output {
namespace {

using Word = std::pair<std::string_view, Format>;

constexpr std::array<Word, 16> kNames{{
    {"text", Format::kText},
    {"list", Format::kList},
    {"ndjson", Format::kNdjson},
    {"json", Format::kJson},
    {"xml", Format::kXml},
    {"grepable", Format::kGrepable},
    {"binary", Format::kBinary},
    {"unicornscan", Format::kUnicornscan},
    {"hostonly", Format::kHostOnly},
    {"certs", Format::kCerts},
    {"redis", Format::kRedis},
    {"none", Format::kNone},
    {"csv", Format::kCsv},
    {"pairs", Format::kPairs},
    {"sqlite", Format::kSqlite},
    {"templated", Format::kTemplated},
}};

constexpr std::array<Word, 4> kOtherNames{{
    {"interactive", Format::kText},
    {"greppable", Format::kGrepable},
    {"host-only", Format::kHostOnly},
    {"address:port", Format::kPairs},
}};

constexpr std::array<Word, 13> kEndings{{
    {".xml", Format::kXml},
    {".json", Format::kJson},
    {".ndjson", Format::kNdjson},
    {".jsonl", Format::kNdjson},
    {".gnmap", Format::kGrepable},
    {".list", Format::kList},
    {".csv", Format::kCsv},
    {".pem", Format::kCerts},
    {".sqlite", Format::kSqlite},
    {".sqlite3", Format::kSqlite},
    {".db", Format::kSqlite},
    {".bin", Format::kBinary},
    {".scan", Format::kBinary},
}};

}  // namespace

std::string_view name(Format f) { return kNames[static_cast<size_t>(f)].first; }

std::optional<Format> format_from_name(std::string_view word) {
  for (const auto& [known, format] : kNames) {
    if (known == word && format != Format::kTemplated) return format;
  }
  for (const auto& [known, format] : kOtherNames) {
    if (known == word) return format;
  }
  return std::nullopt;
}

std::optional<Format> format_from_path(std::string_view path) {
  for (const auto& [ending, format] : kEndings) {
    if (path.ends_with(ending)) return format;
  }
  return std::nullopt;
}

std::string_view format_words() {
  return "text interactive list ndjson json xml grepable greppable binary unicornscan hostonly host-only certs redis "
         "none csv pairs address:port sqlite";
}

}  // namespace portolan::output
