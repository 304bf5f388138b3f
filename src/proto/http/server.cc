// SPDX-License-Identifier: Apache-2.0
#include "proto/http/server.h"

#include <algorithm>
#include <array>

#include "proto/http/basic_auth.h"
#include "proto/http/body.h"
#include "proto/http/masscanned_request.h"
#include "proto/http/page.h"
#include "proto/http/request.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

using http::BodyStep;
using http::Verdict;

constexpr std::array<uint16_t, 2> kPorts = {80, 8080};
constexpr uint64_t kMostBody = 1 << 20;  // what a server asks its clients to keep to

constexpr FactName kFacts[] = {
    {"http_method", "the method of the first HTTP request"},
    {"http_target", "its request target, as it was sent"},
    {"http_version", "its HTTP version: 0.9, 1.0, 1.1, 2.0"},
    {"http_host", "its Host header"},
    {"http_user_agent", "its User-Agent header"},
    {"http_authorization", "its Authorization header"},
    {"http_user", "the user name of a Basic Authorization"},
    {"http_password", "the password of a Basic Authorization"},
};

constexpr std::array<std::string_view, 9> kMethods = {"GET",     "PUT",     "POST",  "HEAD", "DELETE",
                                                      "CONNECT", "OPTIONS", "TRACE", "PATCH"};

bool is_known(std::string_view method) { return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end(); }

// SIP and RTSP have methods in common with HTTP; the scheme of the target tells them apart.
Match not_of_another_scheme(std::string_view target) {
  Match match = Match::kYes;
  for (const std::string_view scheme : {"sip:", "sips:", "rtsp:"}) {
    const Head head = head_of(target, scheme);
    if (head == Head::kWhole) return Match::kNo;
    if (head == Head::kPart) match = Match::kMore;
  }
  return match;
}

// Any other method is believed when the version behind the target says HTTP.
Match version_says_http(std::string_view rest, bool decide) {
  const auto ends_target = [](char c) { return c >= '\0' && c <= ' '; };
  const auto* const end = std::find_if(rest.begin(), rest.end(), ends_target);
  if (end == rest.end()) return !decide ? Match::kMore : rest.front() == '/' ? Match::kYes : Match::kNo;
  if (*end != ' ') return Match::kNo;
  const Head head = head_of(rest.substr(static_cast<size_t>(end - rest.begin()) + 1), "HTTP/");
  if (head == Head::kPart) return decide ? Match::kNo : Match::kMore;
  return head == Head::kWhole ? Match::kYes : Match::kNo;
}

Match recognize(base::Bytes first, const Ends&) {
  const std::string_view text = text_of(first.first(std::min(first.size(), kMostToRecognize)));
  const size_t start = text.find_first_not_of("\r\n");
  if (start == std::string_view::npos) return Match::kMore;
  const std::string_view line = text.substr(start);
  const size_t space = line.find(' ');
  const std::string_view method = line.substr(0, space);
  if (!http::is_token(method)) return Match::kNo;
  if (space == std::string_view::npos) return Match::kMore;
  const std::string_view rest = line.substr(space + 1);
  if (rest.empty()) return Match::kMore;
  if (is_known(method)) return not_of_another_scheme(rest);
  return version_says_http(rest, text.size() == kMostToRecognize);
}

void tell(const http::Request& request, Answer& out) {
  if (request.method.empty()) return;
  out.fact("http_method", request.method);
  out.fact("http_target", request.target);
  const std::array<char, 3> version = {static_cast<char>('0' + request.major % 10), '.',
                                       static_cast<char>('0' + request.minor % 10)};
  out.fact("http_version", std::string_view(version.data(), version.size()));
  if (request.has_host || !request.host.empty()) out.fact("http_host", request.host);
  if (!request.user_agent.empty()) out.fact("http_user_agent", request.user_agent);
  if (request.authorization.empty()) return;
  out.fact("http_authorization", request.authorization);
  if (const auto auth = http::BasicAuth::parse(request.authorization)) {
    out.fact("http_user", auth->user());
    out.fact("http_password", auth->password());
  }
}

bool wants_to_stay(const http::Request& request) {
  if (request.old || request.expects) return false;
  if (request.minor == 0) return same_ignoring_case(request.connection, "keep-alive");
  return !same_ignoring_case(request.connection, "close");
}

http::Page page_for(const http::Parsed& parsed) {
  const http::Request& request = parsed.request;
  if (parsed.verdict != Verdict::kGood) {
    return {.status = static_cast<uint16_t>(parsed.verdict), .keep_alive = false};
  }
  http::Page page{.body = request.method != "HEAD", .keep_alive = wants_to_stay(request), .headers = !request.old};
  if (request.method == "CONNECT" || request.method == "TRACE") page.status = 405;
  if (request.content_length > kMostBody) page.status = 413, page.keep_alive = false;
  return page;
}

Step serve_body(Session& session, base::Bytes pending, Answer& out) {
  http::Body body{static_cast<BodyStep>(session.step), session.a};
  const http::BodyProgress progress = http::go_over(body, pending);
  session.step = static_cast<uint32_t>(body.step);
  session.a = body.left;
  if (progress.bad) {
    out.close();
    return Step::taken(pending.size());
  }
  return progress.consumed == 0 ? Step::more() : Step::taken(progress.consumed);
}

Step serve_modern(Session& session, base::Bytes pending, Answer& out) {
  if (session.step != 0) return serve_body(session, pending, out);
  const http::Parsed parsed = http::parse_request(pending);
  if (parsed.verdict == Verdict::kMore) return Step::more();
  tell(parsed.request, out);
  const http::Page page = page_for(parsed);
  http::say_page(session, page, out);
  if (!page.keep_alive) return Step::taken(pending.size());
  if (parsed.request.chunked) session.step = static_cast<uint32_t>(BodyStep::kChunkSize);
  if (parsed.request.content_length != 0) {
    session.step = static_cast<uint32_t>(BodyStep::kLength);
    session.a = parsed.request.content_length;
  }
  return Step::taken(parsed.request.size);
}

// Bodies are not known: after a head whatever comes is answered again, segment by segment.
Step serve_masscanned(Session& session, base::Bytes pending, Answer& out) {
  if (session.step == 0) {
    const http::Parsed parsed = http::parse_masscanned_request(pending);
    if (parsed.verdict == Verdict::kMore) return Step::more();
    if (parsed.verdict != Verdict::kGood) return Step::foreign();
    tell(parsed.request, out);
    session.step = 1;
  }
  http::say_masscanned_page(session, out);
  return Step::taken(pending.size());
}

// masscanned does not know HTTP/2, so there is but one way to part from it.
Step part_from_http2(base::Bytes pending, Answer& out) {
  http::Request request;
  request.method = "PRI", request.target = "*", request.major = 2, request.minor = 0;
  tell(request, out);
  http::say_http2_farewell(out);
  return Step::taken(pending.size());
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  const Head preface = session.step == 0 ? head_of(text_of(pending), http::kHttp2Preface) : Head::kNo;
  if (preface == Head::kPart) return Step::more();
  if (preface == Head::kWhole) return part_from_http2(pending, out);
  return session.persona->style == Style::kMasscanned ? serve_masscanned(session, pending, out)
                                                      : serve_modern(session, pending, out);
}

}  // namespace

constinit const Server kHttp{.name = "http",
                             .tcp = true,
                             .udp = true,
                             .masscanned = true,
                             .recognize = recognize,
                             .serve = serve,
                             .ports = kPorts,
                             .facts = kFacts};

}  // namespace portolan::proto
