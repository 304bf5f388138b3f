// SPDX-License-Identifier: Apache-2.0
#include "portolan/payload_files.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "portolan/errors.h"
#include "portolan/files.h"
#include "scan/payload_files.h"

namespace portolan::cli {
namespace {

[[noreturn]] void refuse_file(const Sourced& file, const scan::PayloadError& error) {
  std::string where = file.where.to_string();
  if (error.line != 0) where += fmt::format(", {} line {}", file_title(file.text), error.line);
  refuse(error.what, where, error.cure);
}

void read_text(const Sourced& file, scan::OwnPayloads& into, std::vector<std::string>& warnings) {
  std::string text;
  read_file(file.text, file.where, [&](std::string_view piece) { text += piece; });
  const auto read = scan::read_nmap_payloads(text, into);
  if (!read) refuse_file(file, read.error());
  if (read->entries == 0) refuse_file(file, {0, fmt::format("{} has no payloads", file_title(file.text)), "fill it"});
  if (read->lines_with_source.empty()) return;
  warnings.push_back(
      fmt::format("{} line {}: a source port of its own cannot be had by a payload, for ours proves the "
                  "answer; it is sent from ours ({} in this file)",
                  file_title(file.text), read->lines_with_source.front(), read->lines_with_source.size()));
}

void read_capture(const Sourced& file, scan::OwnPayloads& into, std::vector<std::string>& warnings) {
  const auto read = scan::read_pcap_payloads(file.text, into);
  if (!read) refuse_file(file, read.error());
  if (read->taken == 0) {
    refuse_file(file, {0, fmt::format("{} has no UDP datagram with a payload that can be sent", file.text),
                       fmt::format("capture datagrams of 1 to {} bytes on Ethernet or as IP packets",
                                   scan::OwnPayloads::kMaxBytes)});
  }
  if (read->too_long == 0) return;
  warnings.push_back(fmt::format("{}: {} UDP datagrams have more than {} bytes and are left out", file.text,
                                 read->too_long, scan::OwnPayloads::kMaxBytes));
}

}  // namespace

void settle_payloads(ScanDraft& draft) {
  if (draft.payload_files.empty()) return;
  const auto own = std::make_shared<scan::OwnPayloads>();
  for (const PayloadFile& f : draft.payload_files) {
    (f.is_capture ? read_capture : read_text)(f.file, *own, draft.request.warnings);
  }
  draft.request.plan.shape.own_payloads = own;
}

}  // namespace portolan::cli
