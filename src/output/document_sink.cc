// SPDX-License-Identifier: Apache-2.0
#include "output/document_sink.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "addr/grammar.h"
#include "output/folder.h"

namespace portolan::output {

// What sorts the hosts stands where the output does: there is room.
DocumentSink::Survey::Survey(const std::string& path) : hosts(path == "-" ? "/tmp" : folder_of(path)) {}

tl::expected<std::unique_ptr<result::Sink>, std::string> DocumentSink::open(const DocumentFormat& format,
                                                                            const OutputSpec& spec) {
  Survey found(spec.path);
  struct stat status {};
  if (spec.append && spec.path != "-" && ::stat(spec.path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    auto there = survey(format, spec.path);
    if (!there) return tl::unexpected(there.error());
    found = std::move(*there);
  }
  auto file = File::open_document(spec.path, found.end);
  if (!file) return tl::unexpected(file.error());
  file->give_to(spec.scribe);
  return std::unique_ptr<result::Sink>(new DocumentSink(format, spec, std::move(*file), std::move(found)));
}

tl::expected<DocumentSink::Survey, std::string> DocumentSink::survey(const DocumentFormat& format,
                                                                     const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return tl::unexpected(path + ": cannot be read, and appending needs to know what is in it");
  Survey found(path);
  bool header_done = false;
  bool first = true;
  uint64_t at = 0;
  for (std::string line; std::getline(in, line) && !in.eof();) {  // the last piece, without LF, is no line
    at += line.size() + 1;
    if (line.ends_with('\r')) line.pop_back();
    const LineKind kind = format.kind(line);
    if (kind == LineKind::kOther && (first || !header_done)) {
      return tl::unexpected(path + ": holds something else than this format: nothing can be appended to it");
    }
    first = false;
    header_done = header_done || line.starts_with(format.header_done);
    if (!header_done || kind == LineKind::kOther) continue;
    found.end = at;
    if (kind == LineKind::kRecord) survey_line(format, line, found);
  }
  return found;
}

void DocumentSink::survey_line(const DocumentFormat& format, std::string_view line, Survey& found) {
  found.has_records = true;
  const size_t before = format.counts_hosts ? line.find(format.address_after) : std::string_view::npos;
  if (before == std::string_view::npos) return;
  line.remove_prefix(before + format.address_after.size());
  const auto address = addr::parse_address(line.substr(0, line.find('"')));
  if (address) found.hosts.add(*address);
}

void DocumentSink::begin(const result::RunManifest& manifest) {
  standing_.started = standing_.now = manifest.started_wall;
  if (found_.end == 0) {
    format_->header(line_, manifest, spec_);
    file_.append(line_);
    line_.clear();
  }
  flush();
}

void DocumentSink::write(const result::Observation& o) {
  if (found_.has_records) line_ += format_->between;
  format_->record(line_, o);
  hand_over(o.target.address, o.wall);
}

void DocumentSink::banner(const result::Banner& b) {
  if (found_.has_records) line_ += format_->between;
  format_->banner(line_, b);
  hand_over(b.target.address, b.wall);
}

void DocumentSink::hand_over(const addr::IpAddress& address, base::Nanos wall) {
  found_.has_records = true;
  if (format_->counts_hosts) found_.hosts.add(address);
  standing_.now = std::max(standing_.now, wall);
  // The file flushes by itself when enough has gathered, so it must know a closing text that fits.
  if (file_.pending_bytes() + line_.size() >= File::kFlushAt) renew_closing(found_.hosts.so_far());
  file_.append(line_);
  line_.clear();
  if (spec_.flush_each) flush();
}

void DocumentSink::renew_closing(uint64_t hosts) {
  standing_.hosts = hosts;
  closing_.clear();
  format_->closing(closing_, standing_);
  file_.set_closing(closing_);
}

void DocumentSink::flush() {
  renew_closing(found_.hosts.so_far());
  file_.flush();
}

bool DocumentSink::sync() {
  renew_closing(found_.hosts.so_far());
  return file_.sync();
}

void DocumentSink::end(const result::RunSummary& summary) {
  standing_.now = std::max(standing_.now, summary.ended_wall);
  standing_.complete = summary.complete;
  const auto hosts = found_.hosts.total();
  if (!hosts) error_ = spec_.path + ": some hosts are counted twice: " + hosts.error();
  renew_closing(hosts.value_or(found_.hosts.so_far()));
  found_ = Survey(spec_.path);  // and its memory
  if (!file_.close() || !file_.is_document() || format_->finished == nullptr) return;
  if (const auto done = format_->finished(spec_.path); !done) error_ = spec_.path + ": " + done.error();
}

}  // namespace portolan::output
