// SPDX-License-Identifier: Apache-2.0
// Reader and Writer: cursors over bytes that fail once and stay failed.
//
// For variable formats (options, records), where one length check at the start is not enough. A read past the end
// returns zero or an empty span, moves nothing, and makes ok() false for good, so a parser may read a whole record
// and ask once. Neither copies nor owns: the bytes must outlive the cursor and every span it hands out.
// Not for threads: each cursor belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace portolan::base {

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  Bytes rest() const { return rest_; }
  size_t left() const { return rest_.size(); }

  uint8_t u8() { return integer<uint8_t>(); }
  uint16_t be16() { return integer<uint16_t>(); }
  uint32_t be32() { return integer<uint32_t>(); }
  uint64_t be64() { return integer<uint64_t>(); }

  // The next n bytes, in place.
  Bytes take(size_t n) {
    if (n > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const Bytes head = rest_.first(n);
    rest_ = rest_.subspan(n);
    return head;
  }
  void skip(size_t n) { take(n); }

 private:
  template <class T>
  T integer() {
    const Bytes raw = take(sizeof(T));
    if (raw.empty()) return 0;
    if constexpr (sizeof(T) == 1) {
      return raw[0];
    } else {
      return load_be<T>(raw.data());
    }
  }

  Bytes rest_;
  bool ok_ = true;
};

class Writer {
 public:
  explicit Writer(MutableBytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t size() const { return used_; }
  MutableBytes written() const { return bytes_.first(used_); }

  void u8(uint8_t v) {
    if (uint8_t* p = grow(1)) *p = v;
  }
  void be16(uint16_t v) { integer(v); }
  void be32(uint32_t v) { integer(v); }
  void be64(uint64_t v) { integer(v); }
  void bytes(Bytes v) {
    if (uint8_t* p = grow(v.size()); p != nullptr && !v.empty()) std::memcpy(p, v.data(), v.size());
  }
  void zeros(size_t n) {
    if (uint8_t* p = grow(n); p != nullptr && n != 0) std::memset(p, 0, n);
  }

 private:
  // A place for n more bytes, or nullptr (and failed for good) when they do not fit.
  uint8_t* grow(size_t n) {
    if (!ok_ || n > bytes_.size() - used_) {
      ok_ = false;
      return nullptr;
    }
    uint8_t* p = bytes_.data() + used_;
    used_ += n;
    return p;
  }
  template <class T>
  void integer(T v) {
    if (uint8_t* p = grow(sizeof v)) store_be(p, v);
  }

  MutableBytes bytes_;
  size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace portolan::base
