// SPDX-License-Identifier: Apache-2.0
// What the HTTP server says: responses with their pages, in both styles, and the farewell to HTTP/2.
//
// Everything goes into the Answer that the caller lends. Pure but for that; any thread.
#pragma once

#include <cstdint>

#include "proto/answer.h"
#include "proto/server.h"

namespace portolan::proto::http {

struct Page {
  uint16_t status = 401;  // of those that page.cc knows
  bool body = true;       // false: an answer to HEAD, with the length of what is left out
  bool keep_alive = true;
  bool headers = true;  // false: an answer to HTTP/0.9
};

// As nginx says it; its version is the persona's.
void say_page(const Session& session, const Page& page, Answer& out);
// masscanned 0.2.0: lines end in LF, the body has a byte more than Content-Length says.
void say_masscanned_page(const Session& session, Answer& out);

// The client's connection preface (RFC 9113, 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED: who insists on HTTP/2 learns that it is not spoken, in its own words.
void say_http2_farewell(Answer& out);

}  // namespace portolan::proto::http
