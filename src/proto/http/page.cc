// SPDX-License-Identifier: Apache-2.0
#include "proto/http/page.h"

#include <array>

#include "proto/http/date.h"
#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::http {

namespace {

struct Status {
  uint16_t code;
  std::string_view reason;  // of the status line
  std::string_view title;   // of the page
  std::string_view said;
};

constexpr std::array kStatuses = {
    Status{401, "401 Unauthorized", "401 Authorization Required", "401"},
    Status{400, "400 Bad Request", "400 Bad Request", "400"},
    Status{405, "405 Not Allowed", "405 Not Allowed", "405"},
    Status{413, "413 Request Entity Too Large", "413 Request Entity Too Large", "413"},
    Status{414, "414 Request-URI Too Large", "414 Request-URI Too Large", "414"},
    Status{431, "400 Bad Request", "400 Request Header Or Cookie Too Large", "400"},  // as nginx says it
    Status{505, "505 HTTP Version Not Supported", "505 HTTP Version Not Supported", "505"},
};

constexpr std::array<std::string_view, 8> kSoftware = {
    "nginx/1.18.0",          "nginx/1.18.0 (Ubuntu)", "nginx/1.20.1", "nginx/1.22.1",
    "nginx/1.24.0 (Ubuntu)", "nginx/1.25.5",          "nginx/1.26.2", "nginx",
};

const Status& status_of(uint16_t code) {
  for (const Status& status : kStatuses) {
    if (status.code == code) return status;
  }
  return kStatuses[1];
}

struct Fragments {
  std::array<std::string_view, 7> parts;
  size_t size() const {
    size_t sum = 0;
    for (const std::string_view part : parts) sum += part.size();
    return sum;
  }
};

Fragments page_of(const Status& status, std::string_view software) {
  return {{"<html>\r\n<head><title>", status.title, "</title></head>\r\n<body>\r\n<center><h1>", status.title,
           "</h1></center>\r\n<hr><center>", software, "</center>\r\n</body>\r\n</html>\r\n"}};
}

void say_headers(const Session& session, const Page& page, const Status& status, std::string_view software,
                 size_t length, Answer& out) {
  out.text("HTTP/1.1 ");
  out.text(status.reason);
  out.text("\r\nServer: ");
  out.text(software);
  out.text("\r\nDate: ");
  out.text(DateText::http(session.wall).text());
  out.text("\r\nContent-Type: text/html\r\nContent-Length: ");
  put_number(out, length);
  out.text(page.keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n");
  if (status.code == 401) out.text("WWW-Authenticate: Basic realm=\"Restricted\"\r\n");
  out.text("\r\n");
}

}  // namespace

void say_page(const Session& session, const Page& page, Answer& out) {
  const Status& status = status_of(page.status);
  const std::string_view software = pick(*session.persona, "http", kSoftware);
  const Fragments body = page_of(status, software);
  if (page.headers) say_headers(session, page, status, software, body.size(), out);
  if (page.body) {
    for (const std::string_view part : body.parts) out.text(part);
  }
  out.said(status.said);
  if (!page.keep_alive) out.close();
}

void say_masscanned_page(const Session& session, Answer& out) {
  out.text("HTTP/1.1 401 Unauthorized\nServer: nginx/1.14.2\nDate: ");
  out.text(DateText::mail(session.wall).text());
  out.text(
      "\nContent-Type: text/html\nContent-Length: 188\nConnection: keep-alive\n"
      "WWW-Authenticate: Basic realm=\"Access to admin page\"\n\n"
      "<html>\n<head><title>401 Authorization Required</title></head>\n<body bgcolor=\"white\">\n"
      "<center><h1>401 Authorization Required</h1></center>\n<hr><center>nginx/1.14.2</center>\n</body>\n</html>\n\n");
  out.said("401");
}

void say_http2_farewell(Answer& out) {
  // SETTINGS: MAX_CONCURRENT_STREAMS 128, INITIAL_WINDOW_SIZE 65536, MAX_FRAME_SIZE 16777215.
  out.bytes(std::array<uint8_t, 27>{0, 0, 18, 4, 0, 0,    0, 0, 0,  //
                                    0, 3, 0,  0, 0, 0x80, 0, 4, 0, 1, 0, 0, 0, 5, 0, 0xff, 0xff, 0xff});
  // GOAWAY: last stream 0, error 13.
  out.bytes(std::array<uint8_t, 17>{0, 0, 8, 7, 0, 0, 0, 0, 0,  //
                                    0, 0, 0, 0, 0, 0, 0, 13});
  out.said("goaway");
  out.close();
}

}  // namespace portolan::proto::http
