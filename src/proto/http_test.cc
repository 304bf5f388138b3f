// SPDX-License-Identifier: Apache-2.0
// HTTP: golden bytes in both styles, tables of requests and of malformed ones.
#include <rapidcheck/gtest.h>

#include "proto/http/body.h"
#include "proto/http/date.h"
#include "proto/http/request.h"
#include "proto/http/server.h"
#include "proto/testing/script.h"
#include "proto/text.h"

namespace portolan::proto::http_test {
namespace {

using namespace testing;

Stage masscanned(const Server& server, Transport transport = Transport::kTcp) {
  Stage stage(server);
  stage.persona.style = Style::kMasscanned;
  stage.greets = false;
  stage.ends.transport = transport;
  return stage;
}

// ---- HTTP

constexpr std::string_view k401 = "HTTP/1.1 401 Unauthorized\r\n~Connection: keep-alive\r\n~\r\n\r\n<html>~</html>\r\n";
constexpr std::string_view k400 = "HTTP/1.1 400 Bad Request\r\n~Connection: close\r\n\r\n<html>~</html>\r\n";

std::string twice(std::string_view s) { return std::string(s) + std::string(s); }

TEST(Http, ServesAConversation) {
  const Facts get = {{"http_method", "GET"}, {"http_target", "/"}, {"http_version", "1.1"}, {"http_host", "a"}};
  const auto with = [&](Facts facts, const Facts& more) {
    for (const auto& [name, value] : more) facts[name] = value;
    return facts;
  };
  const std::vector<Row> rows = {
      {"a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", std::string(k401), get},
      {"two in a row", twice("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), twice(k401), get},
      {"line ends of LF", "GET / HTTP/1.1\nHost: a\n\n", std::string(k401), get},
      {"credentials",
       "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: basic dXNlcjpwYTpzcw==\r\nUser-Agent:  curl/8 \r\n\r\n",
       std::string(k401),
       with(get, {{"http_authorization", "basic dXNlcjpwYTpzcw=="},
                  {"http_user", "user"},
                  {"http_password", "pa:ss"},
                  {"http_user_agent", "curl/8"}})},
      {"other credentials", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer xyz\r\n\r\n", std::string(k401),
       with(get, {{"http_authorization", "Bearer xyz"}})},
      {"a body, then a request",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: b\r\n\r\n", twice(k401),
       with(get, {{"http_method", "POST"}})},
      {"a chunked body, then a request",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\n"
       "Trailer: t\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
       twice(k401), with(get, {{"http_method", "POST"}})},
      {"HEAD has no body", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
       "HTTP/1.1 401 Unauthorized\r\n~\r\nContent-Length: 1~\r\n\r\n", with(get, {{"http_method", "HEAD"}})},
      {"HTTP/1.0 closes",
       "GET / HTTP/1.0\r\n\r\n",
       "HTTP/1.1 401~Connection: close\r\n~",
       {{"http_method", "GET"}, {"http_target", "/"}, {"http_version", "1.0"}},
       true},
      {"HTTP/1.0 that stays",
       "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
       std::string(k401),
       {{"http_method", "GET"}, {"http_target", "/"}, {"http_version", "1.0"}}},
      {"HTTP/0.9",
       "GET /\r\n",
       "<html>~</html>\r\n",
       {{"http_method", "GET"}, {"http_target", "/"}, {"http_version", "0.9"}},
       true},
      {"the client parts", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 401~close~", get, true},
      {"a body that waits for leave", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
       "HTTP/1.1 401~close~", with(get, {{"http_method", "PUT"}}), true},
      {"a body beyond all bounds", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
       "HTTP/1.1 413~close~", with(get, {{"http_method", "PUT"}}), true},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405~",
       with(get, {{"http_method", "CONNECT"}, {"http_target", "a:443"}})},
      {"a target that is no UTF-8", "GET /\xff\xfe\x80 HTTP/1.1\r\nHost: a\r\n\r\n", std::string(k401),
       with(get, {{"http_target", "/\xff\xfe\x80"}})},
      {"the preface of HTTP/2",
       std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33),
       bytes_from("00 00 12 04 00 00 00 00 00 00 03 00 00 00 80 00 04 00 01 00 00 00 05 00 ff ff ff"
                  "00 00 08 07 00 00 00 00 00 00 00 00 00 00 00 00 0d"),
       {{"http_method", "PRI"}, {"http_target", "*"}, {"http_version", "2.0"}},
       true},
  };
  for (const Row& row : rows) expect_row(Stage(kHttp), row);
}

TEST(Http, RefusesWhatIsMalformed) {
  for (const std::string_view bad : {
           "GET / HTTP/1.1\r\n\r\n",                                                       // no host
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",                                 // two
           "GET / HTTP/1.1\r\nHost a\r\n\r\n",                                             // no colon
           "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",                                 // folding
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",                                           // space in a name
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",                      //
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",                    //
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",    //
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",  //
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",                 //
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
           "GET / HTTP/x.y\r\n",
           "GET / HTTP/1\r\n",
           "GET / FTP/1.1\r\n",
           "GET  / HTTP/1.1\r\n",
           "GET /a b HTTP/1.1\r\n",
           "GET / HTTP/0.1\r\n",
           "POST /\r\n",
           "GET \r\n",
           "G(T / HTTP/1.1\r\n",
       }) {
    const Played played = Stage(kHttp).play(std::string(bad));
    EXPECT_TRUE(fits(played.said, k400)) << bad << "\n" << played.said;
    EXPECT_TRUE(played.closes);
    expect_same_for_every_cut(Stage(kHttp), std::string(bad), played);
  }
  EXPECT_TRUE(fits(Stage(kHttp).play("GET / HTTP/3.0\r\n").said, "HTTP/1.1 505~"));
}

TEST(Http, BoundsTheHead) {
  const std::string long_target = "GET /" + std::string(http::kMostHead, 'a');
  const std::string long_head = "GET / HTTP/1.1\r\nX: " + std::string(http::kMostHead, 'a');
  for (const std::string& rest : {std::string(), std::string(" HTTP/1.1\r\n\r\n"), std::string("\r\n\r\n")}) {
    EXPECT_TRUE(fits(Stage(kHttp).play(long_target + rest).said, "HTTP/1.1 414~close~"));
    EXPECT_TRUE(fits(Stage(kHttp).play(long_head + rest).said, "HTTP/1.1 400~Too Large~"));
  }
}

TEST(Http, ClosesOnAChunkThatIsNone) {
  for (const std::string_view body : {"zz\r\n", "-1\r\n", "fffffffffffffffff\r\n", "3\r\nabcd\r\n", ";\r\n"}) {
    const Played played =
        Stage(kHttp).play("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
    EXPECT_TRUE(played.closes) << body;
    EXPECT_TRUE(fits(played.said, k401)) << body;
  }
}

TEST(Http, LengthIsThatOfThePage) {
  for (uint64_t variety = 0; variety < 64; ++variety) {
    for (const std::string_view request :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "X\x01 / HTTP/1.1\r\n", "GET / HTTP/4.0\r\n"}) {
      Stage stage(kHttp);
      stage.persona.variety = variety;
      const std::string said = stage.play(std::string(request)).said;
      const size_t body = said.find("\r\n\r\n") + 4;
      const size_t length = said.find("Content-Length: ") + 16;
      EXPECT_EQ(number_of(std::string_view(said).substr(length, said.find('\r', length) - length)), said.size() - body);
    }
  }
}

TEST(Http, TellsADateOfBothForms) {
  using http::DateText;
  constexpr base::Nanos kNov6 = 784'111'777 * base::kSecond;  // the example of RFC 9110
  EXPECT_EQ(DateText::http(kNov6).text(), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(DateText::mail(kNov6).text(), "Sun, 6 Nov 1994 08:49:37 +0000");
  EXPECT_EQ(DateText::http(0).text(), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(DateText::http(-1).text(), "Wed, 31 Dec 1969 23:59:59 GMT");
}

constexpr std::string_view kMasscannedPage =
    "HTTP/1.1 401 Unauthorized\nServer: nginx/1.14.2\nDate: Tue, 14 Nov 2023 22:13:20 +0000\nContent-Type: text/html\n"
    "Content-Length: 188\nConnection: keep-alive\nWWW-Authenticate: Basic realm=\"Access to admin page\"\n\n"
    "<html>\n<head><title>401 Authorization Required</title></head>\n<body bgcolor=\"white\">\n"
    "<center><h1>401 Authorization Required</h1></center>\n<hr><center>nginx/1.14.2</center>\n</body>\n</html>\n\n";

TEST(Http, MasscannedSaysItsPageToEveryWholeHead) {
  EXPECT_EQ(kMasscannedPage.size() - kMasscannedPage.find("\n\n") - 2, 188u + 1);
  for (const std::string_view request :
       {"GET / HTTP/1.1\r\n\r\n", "head /x HTTP/.\nname:value\nother: \n\n", "OPTIONS * HTTP/1.0\r\n\r\n",
        "\r\nCONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "PROPFIND / HTTP/9.99\r\n\r\n", "GET /\xff HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"}) {
    const std::string bytes(request);
    EXPECT_EQ(masscanned(kHttp).play(bytes).said, kMasscannedPage) << request;
    EXPECT_EQ(masscanned(kHttp, Transport::kUdp).play(bytes).said, kMasscannedPage) << request;
  }
  for (const std::string_view request :
       {"GET / HTTP/1.1\r\nname\r\n\r\n", "GET / HTTP/1\r\n\r\n", "GET / HTTP/a.b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n", "GET / \r\n\r\n", "GET / HTTP/1.1\r\nna\rme: a\r\n\r\n"}) {
    EXPECT_EQ(masscanned(kHttp).play(std::string(request)).said, "") << request;
  }
}

TEST(Http, MasscannedAnswersWhateverFollowsAHead) {
  EXPECT_EQ(masscanned(kHttp).play({"GET / HTTP/1.1\r\n\r\n", "x", "y"}).said,
            twice(kMasscannedPage) + std::string(kMasscannedPage));
}

RC_GTEST_PROP(Http, ABodyIsGoneOverHoweverItIsCut, ()) {
  const auto chunks = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  std::string coded;
  for (const std::string& chunk : chunks) {
    if (!chunk.empty()) coded += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  coded += "0\r\n\r\n";
  const std::string bytes = coded + "GET";
  http::Body body{http::BodyStep::kChunkSize, 0};
  size_t at = 0, shown = 0;
  while (body.step != http::BodyStep::kNone) {
    shown = std::min(bytes.size(), shown + *rc::gen::inRange<size_t>(1, 20));
    if (shown <= at) continue;
    const http::BodyProgress progress = http::go_over(body, bytes_of(std::string_view(bytes).substr(at, shown - at)));
    RC_ASSERT(!progress.bad);
    at += progress.consumed;
  }
  RC_ASSERT(at == coded.size());
}

}  // namespace
}  // namespace portolan::proto::http_test
