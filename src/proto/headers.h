// SPDX-License-Identifier: Apache-2.0
// HeaderLines: the header fields of a message in text (SIP, SSDP), one after another.
//
// Not for HTTP (http/request.h), which must refuse what these let pass. A field that goes on over several lines
// (RFC 3261, 7.3.1) is one; what is no field is passed over. Views only. Single-threaded.
#pragma once

#include "proto/text.h"

namespace portolan::proto {

struct HeaderField {
  std::string_view name;
  std::string_view value;  // trimmed
};

class HeaderLines {
 public:
  // `text`: from behind the start line on.
  explicit HeaderLines(std::string_view text) : rest_(text) {}

  // False at the empty line and at the end.
  bool next(HeaderField& field) {
    while (true) {
      const std::string_view line = take_line();
      if (line.empty()) return false;
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      field = {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
      return true;
    }
  }

 private:
  std::string_view take_line() {
    size_t end = rest_.find("\r\n");
    while (end != 0 && end != std::string_view::npos && end + 2 < rest_.size() &&
           (rest_[end + 2] == ' ' || rest_[end + 2] == '\t')) {
      end = rest_.find("\r\n", end + 2);
    }
    const std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 2);
    return line;
  }

  std::string_view rest_;
};

}  // namespace portolan::proto
