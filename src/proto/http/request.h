// SPDX-License-Identifier: Apache-2.0
// Request: the head of an HTTP/1 request (RFC 9112, sections 2 to 6) as views into the bytes that hold it.
//
// parse_request looks at the first kMostHead bytes and at nothing behind the head, so that the verdict on a request
// does not depend on how much of it has come. Bodies are the Body's (body.h). Pure function, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::http {

inline constexpr size_t kMostHead = 8192;

struct Request {
  std::string_view method;
  std::string_view target;  // any bytes but controls and spaces
  bool old = false;         // HTTP/0.9: a line without version and headers
  uint64_t major = 1;
  uint64_t minor = 1;
  std::string_view host;
  std::string_view user_agent;
  std::string_view authorization;
  std::string_view connection;
  uint64_t content_length = 0;
  bool has_host = false;
  bool has_length = false;
  bool chunked = false;
  bool expects = false;  // 100-continue
  size_t size = 0;       // bytes of the head, its empty line included
};

// What a head is found to be. The numbers are HTTP status codes, of what a server says to it.
enum class Verdict : uint16_t {
  kMore = 0,  // it is not whole
  kGood = 200,
  kMalformed = 400,
  kTargetTooLong = 414,
  kHeadTooLong = 431,
  kVersion = 505,
};

struct Parsed {
  Verdict verdict = Verdict::kMore;
  Request request{};  // of a head that is not kGood: what could be read of it
};

Parsed parse_request(base::Bytes bytes);

// Whether all of it are characters of a token (RFC 9110, 5.6.2).
bool is_token(std::string_view s);

}  // namespace portolan::proto::http
