// SPDX-License-Identifier: Apache-2.0
#include "proto/mdns/names.h"

#include "proto/text.h"

namespace portolan::proto::mdns {

Name& Name::add(std::string_view labels) {
  if (size_ != 0 && size_ < kMost) text_[size_++] = '.';
  labels = labels.substr(0, kMost - size_);
  std::copy(labels.begin(), labels.end(), text_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += labels.size();
  return *this;
}

bool Name::read(base::Bytes message, size_t& at) {
  size_t place = at;
  bool jumped = false;
  size_ = 0;
  while (place < message.size()) {
    const size_t length = message[place];
    if (length == 0) {
      if (!jumped) at = place + 1;
      return true;
    }
    if (length >= 0xc0) {
      if (place + 1 >= message.size()) return false;
      const size_t target = (length & 0x3f) << 8 | message[place + 1];
      if (!jumped) at = place + 2;
      // Only backwards, so there is an end to it.
      if (target >= place) return false;
      jumped = true;
      place = target;
      continue;
    }
    if (length > 63 || length > message.size() - place - 1 || size_ + 1 + length > kMost) return false;
    add(text_of(message.subspan(place + 1, length)));
    place += 1 + length;
  }
  return false;
}

bool Name::is(std::string_view other) const { return same_ignoring_case(text(), other); }

void Name::write(base::Writer& out) const {
  std::string_view rest = text();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('.'), rest.size());
    const std::string_view label = rest.substr(0, std::min<size_t>(end, 63));
    if (!label.empty()) {
      out.u8(static_cast<uint8_t>(label.size()));
      out.bytes(bytes_of(label));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  out.u8(0);
}

}  // namespace portolan::proto::mdns
