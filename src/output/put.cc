// SPDX-License-Identifier: Apache-2.0
#include "output/put.h"

#include <fmt/format.h>

#include <chrono>

namespace portolan::output {
namespace {

constexpr char kHex[] = "0123456789abcdef";

char* quad(char* p, uint32_t byte) {
  if (byte >= 100) *p++ = static_cast<char>('0' + byte / 100);
  if (byte >= 10) *p++ = static_cast<char>('0' + byte / 10 % 10);
  *p++ = static_cast<char>('0' + byte % 10);
  return p;
}

char* digits(char* p, uint32_t number, int count) {
  for (int i = count - 1; i >= 0; --i, number /= 10) p[i] = static_cast<char>('0' + number % 10);
  return p + count;
}

}  // namespace

void put(std::string& out, uint64_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void put(std::string& out, const addr::IpAddress& address) {
  if (!address.is_v4()) {
    out += address.to_string();
    return;
  }
  const uint32_t bits = address.v4_bits();
  char text[16];
  char* p = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    p = quad(p, bits >> shift & 0xff);
    if (shift != 0) *p++ = '.';
  }
  out.append(text, static_cast<size_t>(p - text));
}

void put(std::string& out, const addr::MacAddress& mac) {
  for (size_t i = 0; i < mac.bytes.size(); ++i) {
    if (i != 0) out.push_back(':');
    put_hex_byte(out, mac.bytes[i]);
  }
}

void put_bracketed(std::string& out, const addr::IpAddress& address) {
  const bool v6 = !address.is_v4();
  if (v6) out.push_back('[');
  put(out, address);
  if (v6) out.push_back(']');
}

void put_time(std::string& out, base::Nanos wall) {
  using namespace std::chrono;
  const auto ms = floor<milliseconds>(sys_time<nanoseconds>(nanoseconds(wall)));
  const auto day = floor<days>(ms);
  const year_month_day date(day);
  const auto of_day = static_cast<uint32_t>((ms - day).count());
  char text[24];
  char* p = digits(text, static_cast<uint32_t>(static_cast<int>(date.year())), 4);
  const auto group = [&p](char before, uint32_t number, int count) {
    *p++ = before;
    p = digits(p, number, count);
  };
  group('-', static_cast<unsigned>(date.month()), 2);
  group('-', static_cast<unsigned>(date.day()), 2);
  group('T', of_day / 3'600'000, 2);
  group(':', of_day / 60'000 % 60, 2);
  group(':', of_day / 1'000 % 60, 2);
  group('.', of_day % 1'000, 3);
  *p++ = 'Z';
  out.append(text, static_cast<size_t>(p - text));
}

void put_seconds(std::string& out, base::Nanos wall) {
  put(out, static_cast<uint64_t>(wall < 0 ? 0 : wall / base::kSecond));
}

void put_padded(std::string& out, uint64_t number, size_t width) {
  const fmt::format_int text(number);
  if (text.size() < width) out.append(width - text.size(), ' ');
  out.append(text.data(), text.size());
}

void put_hex_byte(std::string& out, uint8_t byte) {
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

void put_utf8(std::string& out, uint32_t c) {
  const auto push = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return push(c);
  if (c < 0x800) {
    push(0xc0 | c >> 6);
  } else {
    push(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
    if (c >= 0x10000) push(0x80 | (c >> 12 & 0x3f));
    push(0x80 | (c >> 6 & 0x3f));
  }
  push(0x80 | (c & 0x3f));
}

}  // namespace portolan::output
