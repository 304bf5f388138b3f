// SPDX-License-Identifier: Apache-2.0
#include "output/open_sink.h"

#include "base/clock.h"
#include "output/binary_sink.h"
#include "output/certs_sink.h"
#include "output/csv_sink.h"
#include "output/document_sink.h"
#include "output/grepable_sink.h"
#include "output/json_sink.h"
#include "output/line_sink.h"
#include "output/list_sink.h"
#include "output/ndjson_sink.h"
#include "output/nmap_xml.h"
#include "output/plain_sinks.h"
#include "output/redis_sink.h"
#include "output/sqlite_sink.h"
#include "output/template_sink.h"
#include "output/text_sink.h"
#include "output/xml_sink.h"

namespace portolan::output {
namespace {

using Opened = tl::expected<std::unique_ptr<result::Sink>, std::string>;

Opened open_lines(const LineFormat& format, const OutputSpec& spec) {
  auto file = File::open(spec.path, spec.append ? File::Mode::kAppend : File::Mode::kTruncate);
  if (!file) return tl::unexpected(file.error());
  file->give_to(spec.scribe);
  return std::make_unique<LineSink>(format, std::move(*file), spec.flush_each);
}

const LineFormat& text_format(TextStyle style) {
  if (style == TextStyle::kTerminal) return kTextTerminal;
  return style == TextStyle::kMasscan ? kTextMasscan : kText;
}

// nullptr: not a format of lines.
const LineFormat* line_format(const OutputSpec& spec) {
  switch (spec.format) {
    case Format::kText:
      return &text_format(spec.text);
    case Format::kList:
      return &kList;
    case Format::kNdjson:  // masscan's readers know records and nothing else
      return spec.text == TextStyle::kMasscan ? &kNdjson : &kNdjsonWithRun;
    case Format::kGrepable:
      return spec.dialect == Dialect::kNmap ? &kGrepableNmap : &kGrepable;
    case Format::kUnicornscan:
      return &kUnicornscan;
    case Format::kHostOnly:
      return &kHostOnly;
    case Format::kCerts:
      return &kCerts;
    case Format::kCsv:
      return &kCsv;
    case Format::kPairs:
      return &kPairs;
    default:
      return nullptr;
  }
}

Opened open_template(const OutputSpec& spec) {
  auto form = Template::parse(spec.template_text);
  if (!form) return tl::unexpected(form.error());
  auto file = File::open(spec.path, spec.append ? File::Mode::kAppend : File::Mode::kTruncate);
  if (!file) return tl::unexpected(file.error());
  file->give_to(spec.scribe);
  return std::make_unique<TemplateSink>(std::move(*form), std::move(*file), spec.flush_each);
}

Opened open_redis(const OutputSpec& spec) {
  static const base::SystemClock system_clock;
  const auto server = parse_redis_server(spec.path);
  if (!server) return tl::unexpected(server.error());
  return RedisSink::open(*server, spec.password, spec.clock != nullptr ? *spec.clock : system_clock,
                         spec.may_wait ? RedisSink::WhenFull::kWait : RedisSink::WhenFull::kLose);
}

// Nothing goes nowhere: no file is made.
Opened open_nothing(const OutputSpec& spec) {
  OutputSpec nowhere = spec;
  nowhere.path = "/dev/null";
  return open_lines(kNone, nowhere);
}

}  // namespace

Opened open_sink(const OutputSpec& spec) {
  if (const LineFormat* lines = line_format(spec)) return open_lines(*lines, spec);
  if (spec.format == Format::kJson) return DocumentSink::open(kJson, spec);
  if (spec.format == Format::kXml) return DocumentSink::open(spec.dialect == Dialect::kNmap ? kXmlNmap : kXml, spec);
  if (spec.format == Format::kBinary) {
    return BinarySink::open(spec.path, {spec.append, spec.flush_each, spec.banner_numbers, spec.scribe});
  }
  if (spec.format == Format::kSqlite) return SqliteSink::open(spec.path, spec.append);
  if (spec.format == Format::kRedis) return open_redis(spec);
  if (spec.format == Format::kTemplated) return open_template(spec);
  return open_nothing(spec);
}

}  // namespace portolan::output
