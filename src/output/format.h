// SPDX-License-Identifier: Apache-2.0
// Format, OutputSpec: which form results are written in, and where to, as a value.
//
// What the options make and open_sink() (open_sink.h) takes. Names and numbers are stable: they stand in options and
// configuration files. Not the place for how a format looks: that is its own file's, and its page in docs/formats/.
// Constant data and values: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::base {
class Clock;
}

namespace portolan::output {

class Scribe;

// Append only.
enum class Format : uint8_t {
  kText = 0,
  kList = 1,
  kNdjson = 2,
  kJson = 3,
  kXml = 4,
  kGrepable = 5,
  kBinary = 6,
  kUnicornscan = 7,
  kHostOnly = 8,
  kCerts = 9,
  kRedis = 10,
  kNone = 11,
  kCsv = 12,
  kPairs = 13,  // address:port
  kSqlite = 14,
  kTemplated = 15,
};
inline constexpr size_t kFormatCount = 16;

// Whose form XML and grepable files have.
enum class Dialect : uint8_t { kMasscan, kNmap };

// How sentences for people look: as they are; with colours over a status line; padded as masscan pads them. With
// masscan's, NDJSON too has its records alone, without the run's.
enum class TextStyle : uint8_t { kPlain, kTerminal, kMasscan };

// Whose numbers the banner records of binary files have (binary_format.h): masscan's of today, which are ours
// (result/banner.h), or those of masscan 1.3, which Debian has.
enum class BannerNumbers : uint8_t { kCurrent, kMasscan13 };

struct OutputSpec {
  Format format = Format::kText;
  std::string path = "-";  // "-": standard output; for redis the server
  bool append = false;     // goes on in a file that is there, inside its array or document
  bool flush_each = false;
  Dialect dialect = Dialect::kMasscan;
  TextStyle text = TextStyle::kPlain;
  std::string template_text;                               // of kTemplated
  std::string stylesheet;                                  // of kXml; empty: none
  std::string password;                                    // of kRedis; empty: none
  bool may_wait = false;                                   // of kRedis: for the server, as long as it answers
  BannerNumbers banner_numbers = BannerNumbers::kCurrent;  // of kBinary
  std::shared_ptr<Scribe> scribe;                          // writes the files; absent: we do
  const base::Clock* clock = nullptr;                      // of kRedis, outlives the sink; absent: the machine's
};

// text list ndjson json xml grepable binary unicornscan hostonly certs redis none csv pairs sqlite templated
std::string_view name(Format f);
// These names, and what else they are called: interactive, greppable, host-only ...
std::optional<Format> format_from_name(std::string_view word);
// By the ending of a file's name: "found.csv", "found.json" ...
std::optional<Format> format_from_path(std::string_view path);
// All names that format_from_name() takes, by blanks.
std::string_view format_words();

}  // namespace portolan::output
