// SPDX-License-Identifier: Apache-2.0
#include "proto/sip/request.h"

#include "proto/headers.h"
#include "proto/lines.h"

namespace portolan::proto::sip {

namespace {

// Fields have a long name and some a short one.
bool is(const HeaderField& field, std::string_view name, std::string_view compact = {}) {
  return same_ignoring_case(field.name, name) || (!compact.empty() && same_ignoring_case(field.name, compact));
}

// Returns what Content-Length says, 0 without one; nullopt when it is no number.
std::optional<uint64_t> read_fields(std::string_view text, Request& r) {
  std::optional<uint64_t> body = 0;
  HeaderLines lines(text);
  for (HeaderField field; lines.next(field);) {
    if (is(field, "Via", "v") && r.via_count < Request::kMostVias) r.vias[r.via_count++] = field.value;
    if (is(field, "From", "f")) r.from = field.value;
    if (is(field, "To", "t")) r.to = field.value;
    if (is(field, "Call-ID", "i")) r.call_id = field.value;
    if (is(field, "CSeq")) r.cseq = field.value;
    if (is(field, "User-Agent")) r.user_agent = field.value;
    if (is(field, "Authorization") || is(field, "Proxy-Authorization")) r.authorization = field.value;
    if (is(field, "Content-Length", "l")) body = number_of(field.value);
  }
  return body;
}

}  // namespace

Step read(base::Bytes pending, Transport transport, Request& r) {
  const std::string_view text = text_of(pending.first(std::min(pending.size(), Request::kMostBytes)));
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return transport == Transport::kTcp && pending.size() < Request::kMostBytes ? Step::more() : Step::foreign();
  }
  std::string_view start = text.substr(0, text.find("\r\n"));
  const size_t fields = start.size() + 2;
  r.method = take_word(start);
  r.uri = take_word(start);
  if (start != "SIP/2.0") return Step::foreign();
  const auto body = read_fields(text.substr(fields), r);
  if (!body || *body > Request::kMostBytes) return Step::foreign();
  r.size = transport == Transport::kUdp ? pending.size() : end + 4 + static_cast<size_t>(*body);
  if (r.size > Request::kMostBytes) return Step::foreign();
  return r.size > pending.size() ? Step::more() : Step::taken(r.size);
}

}  // namespace portolan::proto::sip
