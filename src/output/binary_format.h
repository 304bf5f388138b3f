// SPDX-License-Identifier: Apache-2.0
// masscan's binary file: its record types, its header and trailer, and the numbers in its records.
//
// What binary_sink.h writes and binary_reader.h reads; docs/formats/binary.md is the whole account. A file is a row of
// records and nothing else: type and length as varints, then as many bytes. Header and trailer are such a record too:
// the text "masscan/1.1" begins with 'm', a type, and 'a', a length.
//
// Banner records hold the number of what spoke, and masscan gave some of them other numbers after its version 1.3:
// whoever reads or writes a file says which it follows. Pure functions and constants: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "output/format.h"
#include "result/banner.h"
#include "result/observation.h"

namespace portolan::output {

enum class BinaryType : uint8_t {
  kOldOpen = 1,
  kOldClosed = 2,
  kOldBanner = 3,
  kOldBannerShort = 4,  // its length is one too small
  kOldBannerProtocol = 5,
  kOpen4 = 6,
  kClosed4 = 7,
  kNeighbor4 = 8,  // masscan 1.3 writes it and cannot read it
  kBanner4 = 9,
  kOpen6 = 10,
  kClosed6 = 11,
  kNeighbor6 = 12,
  kBanner6 = 13,
  kFrame = 109,  // 'm': header and trailer
};

inline constexpr std::string_view kBinaryMagic = "masscan/1.1";
inline constexpr size_t kBinaryFrameSize = 99;
// The longest body that masscan reads.
inline constexpr size_t kBinaryMaxBody = (size_t{1} << 20) - 16;

// To and from the numbers of a file. What the other has no number for becomes what is nearest: docs/formats/binary.md.
uint16_t banner_number(result::Application a, BannerNumbers numbers);
result::Application banner_application(uint16_t number, BannerNumbers numbers);

// The 99 bytes at the beginning of a file (`started` in seconds), and those at its end.
std::string binary_header(uint64_t started);
std::string binary_trailer();

// Append one record. False, and nothing is appended: there is no record type for it (a filtered port).
bool append_binary(std::string& out, const result::Observation& o);
void append_binary_banner(std::string& out, const result::Banner& b, BannerNumbers numbers);

// A varint: groups of 7 bits, the highest first, and the top bit set on all but the last. `size` is 0 when there are
// not enough bytes (kShort) and when it is longer than 5 bytes or does not fit in 32 bits (kBad).
struct Varint {
  enum class Kind : uint8_t { kGood, kShort, kBad };
  Kind kind = Kind::kShort;
  uint32_t value = 0;
  size_t size = 0;
};
Varint read_varint(base::Bytes bytes);

// Where a record ends. `head` counts type and length, `body` what follows.
struct RecordFrame {
  Varint::Kind kind = Varint::Kind::kShort;  // kShort: the record is longer than `bytes`
  uint32_t type = 0;
  size_t head = 0;
  size_t body = 0;
};
RecordFrame frame_binary(base::Bytes bytes);

}  // namespace portolan::output
