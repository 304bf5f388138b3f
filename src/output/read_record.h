// SPDX-License-Identifier: Apache-2.0
// Said, RecordMaker: from the words of a result file to observations and banners.
//
// What all readers of text formats (result_reader.h) have in common: they find the words, this understands them. Said
// is views into the reader's bytes, an empty one is not said; RecordMaker makes the record, gives it to a sink, and
// counts. What a file does not tell is absent, or the weakest that is true (Proof::kEndpoints).
// Not for binary files, which have numbers. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "addr/ip_address.h"
#include "result/sink.h"

namespace portolan::output {

struct Said {
  std::string_view ip, port, protocol, status, reason, ttl;
  std::string_view time;     // RFC 3339, or seconds since 1970
  std::string_view seconds;  // counts when `time` is not said
  std::string_view proof, rtt_us, from, mac, icmp_type, icmp_code, window, mss, window_scale;
  std::string_view tcp_options;      // numbers between anything
  std::string_view service, banner;  // the banner as it was heard, without escapes
  bool is_banner = false;
};

struct ReadCounts {
  uint64_t observations = 0;
  uint64_t banners = 0;
  uint64_t left_out = 0;  // whole, but nothing that we have a word for: open|filtered, a protocol without a name
};

class RecordMaker {
 public:
  // Empty: it was given to `into`, or left out and counted. Otherwise what is wrong with it.
  std::string_view tell(const Said& said, result::Sink& into);

  ReadCounts counts;

 private:
  std::string_view tell_observation(const Said& said, result::Observation& o, result::Sink& into);
  void tell_banner(const Said& said, const result::Observation& o, result::Sink& into);
};

std::optional<addr::IpAddress> read_address(std::string_view text);
std::optional<uint64_t> read_number(std::string_view text);
std::optional<base::Nanos> read_time(std::string_view text);  // RFC 3339 in UTC, or seconds
// The number of a word in a result: its name, or "(31)" as masscan writes what it has no name for. Without one: 0.
result::Application read_application(std::string_view word);
// Text with \xHH for bytes, as append_printable() writes it. Other backslashes stay.
void append_unescaped(std::string& out, std::string_view text);
// Fills in what follows from protocol and state: the reason that is usual there, the responder, and that a host is up.
void complete(result::Observation& o, bool has_reason);

}  // namespace portolan::output
