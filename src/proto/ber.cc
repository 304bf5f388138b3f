// SPDX-License-Identifier: Apache-2.0
#include "proto/ber.h"

#include <array>

namespace portolan::proto {

namespace ber {

Head head_of(base::Bytes bytes) {
  Head head;
  if (bytes.empty()) return head;
  head.tag = bytes[0];
  head.kind = Head::Kind::kBad;
  if ((head.tag & 0x1f) == 0x1f) return head;
  const uint8_t first = bytes.size() < 2 ? 0 : bytes[1];
  const size_t more = first & 0x80 ? first & 0x7fu : 0;
  if (first == 0x80 || more > 4) return head;
  if (bytes.size() < 2 + more) {
    head.kind = Head::Kind::kMore;
    return head;
  }
  size_t length = more == 0 ? first : 0;
  for (size_t i = 0; i < more; ++i) length = length << 8 | bytes[2 + i];
  if (length > kMostLength) return head;
  head.size = 2 + more;
  head.length = length;
  head.kind = Head::Kind::kWhole;
  return head;
}

}  // namespace ber

BerElement BerReader::next() {
  const ber::Head head = ber::head_of(rest_);
  if (!ok_ || head.kind != ber::Head::Kind::kWhole || head.length > rest_.size() - head.size) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const BerElement element{head.tag, rest_.subspan(head.size, head.length), rest_.first(head.size + head.length)};
  rest_ = rest_.subspan(element.whole.size());
  return element;
}

base::Bytes BerReader::next(uint8_t tag) {
  const BerElement element = next();
  if (ok_ && element.tag == tag) return element.value;
  ok_ = false;
  rest_ = {};
  return {};
}

int64_t BerReader::integer(uint8_t tag) {
  const base::Bytes value = next(tag);
  if (value.empty() || value.size() > 8) {
    ok_ = false;
    return 0;
  }
  uint64_t bits = value[0] & 0x80 ? ~uint64_t{0} : 0;
  for (const uint8_t byte : value) bits = bits << 8 | byte;
  return static_cast<int64_t>(bits);
}

size_t BerWriter::open(uint8_t tag) {
  out_->u8(tag);
  out_->u8(0);
  return out_->size();
}

void BerWriter::close(size_t mark) {
  const size_t length = out_->size() - mark;
  // Long forms need room that open() did not know of: the contents move.
  const size_t more = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  out_->zeros(more);
  if (!out_->ok()) return;
  uint8_t* const contents = out_->written().data() + mark;
  if (more == 0) {
    contents[-1] = static_cast<uint8_t>(length);
    return;
  }
  std::memmove(contents + more, contents, length);
  contents[-1] = static_cast<uint8_t>(0x80 | more);
  for (size_t i = 0; i < more; ++i) contents[i] = static_cast<uint8_t>(length >> (8 * (more - 1 - i)));
}

void BerWriter::element(uint8_t tag, base::Bytes value) {
  const size_t mark = open(tag);
  out_->bytes(value);
  close(mark);
}

void BerWriter::integer(int64_t value, uint8_t tag) {
  std::array<uint8_t, 8> bytes;
  base::store_be64(bytes.data(), static_cast<uint64_t>(value));
  size_t skip = 0;
  const uint8_t sign = value < 0 ? 0xff : 0;
  while (skip < 7 && bytes[skip] == sign && (bytes[skip + 1] & 0x80) == (sign & 0x80)) ++skip;
  element(tag, base::Bytes(bytes).subspan(skip));
}

}  // namespace portolan::proto
