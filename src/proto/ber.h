// SPDX-License-Identifier: Apache-2.0
// BER (ITU-T X.690) as SNMP and LDAP use it: definite lengths, one-byte tags, forward reading and writing.
//
// Not a general ASN.1 library: high tag numbers and indefinite lengths are refused. BerReader fails once and stays
// failed, like base::Reader. BerWriter writes minimal lengths into a base::Writer, which must be given to nobody else
// while an element is open. No allocation. Single-threaded.
#pragma once

#include "base/bytes.h"
#include "base/cursor.h"

namespace portolan::proto {

namespace ber {
inline constexpr uint8_t kBoolean = 0x01;
inline constexpr uint8_t kInteger = 0x02;
inline constexpr uint8_t kOctets = 0x04;
inline constexpr uint8_t kNull = 0x05;
inline constexpr uint8_t kOid = 0x06;
inline constexpr uint8_t kEnumerated = 0x0a;
inline constexpr uint8_t kSequence = 0x30;
inline constexpr uint8_t kSet = 0x31;

// The head of the first element of `bytes`.
struct Head {
  enum class Kind : uint8_t { kWhole, kMore, kBad };
  Kind kind = Kind::kMore;
  uint8_t tag = 0;
  size_t size = 0;    // of tag and length
  size_t length = 0;  // of the contents, at most kMostLength
};
inline constexpr size_t kMostLength = 0xffffff;
Head head_of(base::Bytes bytes);
}  // namespace ber

struct BerElement {
  uint8_t tag = 0;
  base::Bytes value;
  base::Bytes whole;  // with tag and length
};

class BerReader {
 public:
  explicit BerReader(base::Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  // The next element; the second form fails when it has another tag.
  BerElement next();
  base::Bytes next(uint8_t tag);
  uint8_t peek() const { return rest_.empty() ? 0 : rest_[0]; }  // tag of the next
  BerReader inside(uint8_t tag) { return BerReader(next(tag), ok_); }
  int64_t integer(uint8_t tag = ber::kInteger);  // at most 8 bytes

 private:
  BerReader(base::Bytes bytes, bool ok) : rest_(bytes), ok_(ok) {}

  base::Bytes rest_;
  bool ok_ = true;
};

class BerWriter {
 public:
  explicit BerWriter(base::Writer& out) : out_(&out) {}

  // An element with elements inside: `const auto mark = w.open(tag); ...; w.close(mark);`
  size_t open(uint8_t tag);
  void close(size_t mark);

  void element(uint8_t tag, base::Bytes value);
  void integer(int64_t value, uint8_t tag = ber::kInteger);
  void null(uint8_t tag = ber::kNull) { element(tag, {}); }
  void raw(base::Bytes elements) { out_->bytes(elements); }

 private:
  base::Writer* out_;
};

}  // namespace portolan::proto
