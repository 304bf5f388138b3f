// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/message.h"

#include <algorithm>
#include <charconv>

#include "base/cursor.h"
#include "proto/text.h"

namespace portolan::proto::dns {

namespace {

constexpr uint8_t kMostLabel = 63;
constexpr uint8_t kPointer = 0xc0;

struct TypeName {
  uint16_t type;
  std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {1, "A"},      {2, "NS"},     {5, "CNAME"},   {6, "SOA"},   {12, "PTR"},   {13, "HINFO"},
    {15, "MX"},    {16, "TXT"},   {28, "AAAA"},   {33, "SRV"},  {35, "NAPTR"}, {43, "DS"},
    {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"}, {64, "SVCB"}, {65, "HTTPS"}, {99, "SPF"},
    {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},   {257, "CAA"},
};

bool is_plain(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '_';
}

// One record behind the questions; tells EDNS.
bool take_record(base::Bytes message, size_t& at, Query& query) {
  Name owner;
  if (!owner.read(message, at)) return false;
  base::Reader reader(message.subspan(at));
  const auto type = static_cast<Type>(reader.be16());
  const uint16_t klass = reader.be16();
  const uint32_t ttl = reader.be32();
  reader.skip(reader.be16());
  if (!reader.ok()) return false;
  at = message.size() - reader.left();
  if (type == Type::kOpt) {
    query.edns = true;
    query.udp_size = std::max<uint16_t>(klass, 512);
    query.edns_version = static_cast<uint8_t>(ttl >> 16);
  }
  return true;
}

}  // namespace

bool Name::read(base::Bytes message, size_t& at) {
  size_ = 0;
  size_t place = at;
  size_t lowest = at;  // a pointer must lead before all that was read
  bool jumped = false;
  for (;;) {
    if (place >= message.size()) return false;
    const uint8_t length = message[place];
    if (length >= kPointer) {
      if (place + 2 > message.size()) return false;
      const size_t target = base::load_be16(&message[place]) & 0x3fffu;
      if (!jumped) at = place + 2;
      if (target >= lowest || target < kHeader) return false;
      jumped = true;
      place = lowest = target;
      continue;
    }
    if (length > kMostLabel || place + 1 + length > message.size() || size_ + 1 + length > kMost) return false;
    std::copy_n(&message[place], 1 + size_t{length}, &bytes_[size_]);
    size_ += 1 + size_t{length};
    place += 1 + size_t{length};
    if (length != 0) continue;
    if (!jumped) at = place;
    return true;
  }
}

size_t Name::tail(size_t labels) const {
  size_t count = 0;
  for (size_t i = 0; i < size_ && bytes_[i] != 0; i += 1 + size_t{bytes_[i]}) ++count;
  size_t place = 0;
  for (; count > labels; --count) place += 1 + size_t{bytes_[place]};
  return place;
}

bool Name::is(std::string_view dotted) const {
  const NameText text(*this);
  return same_ignoring_case(text.text(), dotted);
}

NameText::NameText(const Name& name) {
  base::Bytes rest = name.wire();
  while (!rest.empty() && rest[0] != 0) {
    if (size_ != 0) put('.');
    for (const char c : text_of(rest.subspan(1, rest[0]))) {
      if (is_plain(c)) {
        put(c);
        continue;
      }
      const auto code = static_cast<uint8_t>(c);
      put('\\');
      for (const int digit : {code / 100, code / 10 % 10, code % 10}) put(static_cast<char>('0' + digit));
    }
    rest = rest.subspan(1 + size_t{rest[0]});
  }
  if (size_ == 0) put('.');
}

TypeText::TypeText(Type type) {
  const auto number = static_cast<uint16_t>(type);
  const auto put = [&](std::string_view s) {
    std::copy(s.begin(), s.end(), text_.begin());
    size_ = s.size();
  };
  const auto* const known =
      std::find_if(std::begin(kTypeNames), std::end(kTypeNames), [&](const TypeName& n) { return n.type == number; });
  if (known != std::end(kTypeNames)) {
    put(known->name);
    return;
  }
  put("TYPE");
  const auto end = std::to_chars(&text_[size_], text_.data() + text_.size(), number).ptr;
  size_ = static_cast<size_t>(end - text_.data());
}

std::optional<Question> read_question(base::Bytes message, size_t& at) {
  Question question;
  if (!question.name.read(message, at) || message.size() - at < 4) return std::nullopt;
  question.type = static_cast<Type>(base::load_be16(&message[at]));
  question.klass = static_cast<Class>(base::load_be16(&message[at + 2]));
  at += 4;
  return question;
}

std::optional<Query> parse_query(base::Bytes message) {
  base::Reader reader(message);
  Query query;
  query.id = reader.be16();
  query.flags = reader.be16();
  query.questions = reader.be16();
  uint32_t records = reader.be16();
  records += reader.be16();
  records += reader.be16();
  if (!reader.ok() || (query.flags & kResponse) != 0) return std::nullopt;
  size_t at = kHeader;
  for (uint16_t i = 0; i < query.questions; ++i) {
    if (!read_question(message, at)) return std::nullopt;
  }
  query.questions_end = at;
  for (uint32_t i = 0; i < records; ++i) {
    if (!take_record(message, at, query)) return std::nullopt;
  }
  if (at != message.size()) return std::nullopt;
  return query;
}

}  // namespace portolan::proto::dns
