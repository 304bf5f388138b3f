// SPDX-License-Identifier: Apache-2.0
// A SIP request (RFC 3261, 7.1) as far as a response needs it. Views into the bytes; a value.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "proto/server.h"

namespace portolan::proto::sip {

struct Request {
  static constexpr size_t kMostVias = 8;
  static constexpr size_t kMostBytes = 12288;  // with its body

  std::string_view method, uri;
  std::array<std::string_view, kMostVias> vias;  // values of the Via fields, in order
  size_t via_count = 0;
  std::string_view from, to, call_id, cseq;
  std::string_view user_agent, authorization;
  size_t size = 0;  // in the stream, the body included

  // Whether a response can be made.
  bool complete() const { return via_count != 0 && !from.empty() && !to.empty() && !call_id.empty() && !cseq.empty(); }
};

// Reads the request at the front. The step says whether it is whole; kTaken means that `request` is filled.
Step read(base::Bytes pending, Transport transport, Request& request);

}  // namespace portolan::proto::sip
