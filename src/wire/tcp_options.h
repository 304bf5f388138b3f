// SPDX-License-Identifier: Apache-2.0
// TCP options (RFC 9293 3.1; window scale and timestamps RFC 7323; SACK permitted RFC 2018).
//
// A malformed list never costs the segment: what could be read stands, and `malformed` says that something could not.
// Values: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace portolan::wire {

namespace tcp_option_kind {
inline constexpr uint8_t kEnd = 0;
inline constexpr uint8_t kNop = 1;
inline constexpr uint8_t kMss = 2;            // 4 bytes
inline constexpr uint8_t kWindowScale = 3;    // 3 bytes
inline constexpr uint8_t kSackPermitted = 4;  // 2 bytes
inline constexpr uint8_t kTimestamps = 8;     // 10 bytes
}  // namespace tcp_option_kind

struct TcpTimestamps {
  uint32_t value = 0;
  uint32_t echo = 0;

  bool operator==(const TcpTimestamps&) const = default;
};

// One option; `data` is what follows kind and length, in place.
struct TcpOption {
  uint8_t kind = 0;
  base::Bytes data{};
};

// Walks raw options, one per next(), End and NOP included; nothing after End. Borrows the bytes.
class TcpOptionReader {
 public:
  explicit TcpOptionReader(base::Bytes options) : rest_(options) {}

  std::optional<TcpOption> next();
  // True once an option was met whose length is below 2 or runs past the end; next() gives nothing more then.
  bool malformed() const { return malformed_; }

 private:
  base::Bytes rest_;
  bool malformed_ = false;
};

struct TcpOptions {
  std::optional<uint16_t> mss{};
  std::optional<uint8_t> window_scale{};  // as sent; above 14 means 14 (RFC 7323, 2.3)
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps{};
  std::array<uint8_t, 12> kinds{};  // of the first options, in their order, End and NOP included
  uint8_t kind_count = 0;           // how many of them; more than 12 are cut
  bool malformed = false;           // the list ended inside an option, or a known option had a wrong length

  static TcpOptions read(base::Bytes options);
  bool operator==(const TcpOptions&) const = default;
};

// What a SYN may carry. Written in the order that Linux uses: MSS, SACK permitted, timestamps, NOP and window scale,
// each padded with NOPs to a multiple of 4 bytes where Linux does.
struct SynOptions {
  std::optional<uint16_t> mss = 1460;
  std::optional<uint8_t> window_scale{};
  bool sack_permitted = false;
  std::optional<uint32_t> timestamp{};  // TSval; TSecr is 0
  uint16_t window = 1024;               // of the header, not an option
};

size_t size_of(const SynOptions& v);  // a multiple of 4, at most 20
void emit(const SynOptions& v, base::MutableBytes out);

}  // namespace portolan::wire
