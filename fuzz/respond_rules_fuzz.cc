// SPDX-License-Identifier: Apache-2.0
// Rules: any text is read to rules or to mistakes with a place and a cure; and whatever rules come out, any bytes held
// against them, cut anywhere, get one answer, of bounded size. The input is the TOML text, a zero, and the bytes;
// without a zero the bytes go against rules of our own.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "respond/rules_reader.h"

using namespace portolan;
using respond::Rules;

namespace {

constexpr std::string_view kRules = R"(
[[rule]]
ports = "0-1023"
starts_with = 'GET '
pattern = 'GET (\S+) HTTP/1\.([01])\r\n(?:[^\r\n]+\r\n)*\r\n'
answer = '{1} {2} {0} {client} {server_port} {time_rfc1123}'
close = true
[[rule]]
pattern = '(?is)(?:(a+)|b)*?c(?=d).'
answer = '{1}{{'
[[rule]]
transport = "udp"
starts_with_hex = '00 01'
silence = true
[[rule]]
pattern = '(x+x+)+y|\0+'
answer_hex = '00'
[[rule]]
greeting = '{host}{time_unix}'
ports = 0
)";

void require(bool ok) {
  if (!ok) __builtin_trap();
}

void hold(const Rules& rules, base::Bytes bytes, const proto::Ends& ends) {
  respond::PatternScratch scratch;
  std::array<uint8_t, 4096> room;
  proto::FactList facts;
  proto::Answer out(room, facts);
  if (const auto* greeter = rules.greeter(ends)) Rules::greet(*greeter, {ends, "host", 1, {}}, out);

  const auto all = rules.match(ends, bytes, false, scratch);
  for (const size_t cut : {size_t{0}, bytes.size() / 3, bytes.size() / 2}) {
    const auto part = rules.match(ends, bytes.first(cut), false, scratch);
    // What was decided stays decided, unless a pattern was given up for its cost.
    require(part.match == proto::Match::kMore || part.rule == all.rule || scratch.exhausted() != 0);
  }
  const auto whole = rules.match(ends, bytes, true, scratch);
  require(whole.match != proto::Match::kMore);
  require((whole.rule != nullptr) == (whole.match == proto::Match::kYes) && whole.consumed <= bytes.size());
  if (whole.rule == nullptr || whole.rule->deed != respond::RuleDeed::kAnswer) return;
  out.rewind();
  Rules::speak(*whole.rule, {ends, "host", 1, whole.groups}, out);
  require(out.written().size() <= room.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 8192) return 0;
  static const auto ours = *respond::read_rules(kRules, "ours");
  const auto* zero = size == 0 ? nullptr : static_cast<const uint8_t*>(std::memchr(data, 0, size));
  const size_t text_size = zero == nullptr ? 0 : static_cast<size_t>(zero - data);
  const base::Bytes bytes = zero == nullptr ? base::Bytes(data, size) : base::Bytes(data, size).subspan(text_size + 1);

  proto::Ends ends;
  ends.client = addr::IpAddress::v4(0x0a000001);
  ends.server = addr::IpAddress::v6(base::make_u128(0x20010db8ull << 32, 7));
  ends.server_port = static_cast<uint16_t>(size);
  for (const auto transport : {proto::Transport::kTcp, proto::Transport::kUdp}) {
    ends.transport = transport;
    hold(*ours, bytes, ends);
    if (zero == nullptr) continue;
    const auto read = respond::read_rules({reinterpret_cast<const char*>(data), text_size}, "text");
    if (read) {
      hold(**read, bytes, ends);
      continue;
    }
    require(!read.error().empty() && read.error().size() <= respond::kMostRuleErrors);
    for (const auto& e : read.error()) require(e.line != 0 && !e.what.empty() && !e.cure.empty());
  }
  return 0;
}
