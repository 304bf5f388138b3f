// SPDX-License-Identifier: Apache-2.0
// Rate: packets per second, held exactly as a whole number of thousandths, or unlimited.
//
// From one packet in 1,000 seconds to a billion a second. What people write is parsed here and nowhere else, so `10k`
// means the same on the command line, in a file and over the API. Values: any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace portolan::pace {

class Rate {
 public:
  static constexpr uint64_t kMinMillis = 1;                  // 0.001/s
  static constexpr uint64_t kMaxMillis = 1'000'000'000'000;  // 1,000,000,000/s
  static constexpr uint64_t kUnlimitedMillis = ~uint64_t{0};

  // 100 packets a second: gentle enough for any network.
  constexpr Rate() = default;
  static constexpr Rate unlimited() { return Rate(kUnlimitedMillis); }
  // Thousandths of packets per second; brought into [kMinMillis, kMaxMillis].
  static constexpr Rate from_millis(uint64_t millis) {
    return Rate(millis < kMinMillis ? kMinMillis : millis > kMaxMillis ? kMaxMillis : millis);
  }
  // Rounded to the nearest thousandth and brought into range; not a number counts as 0.
  static Rate per_second(double packets);

  // `100`, `0.1`, `10k`, `1.5m` or `1.5M` (millions), `2g`, `1e6`, `unlimited`, `max`. Else a sentence that says what
  // is wrong and what to write instead.
  static tl::expected<Rate, std::string> parse(std::string_view text);

  constexpr bool is_unlimited() const { return millis_ == kUnlimitedMillis; }
  // kUnlimitedMillis when unlimited.
  constexpr uint64_t millis() const { return millis_; }
  constexpr double per_second() const { return static_cast<double>(millis_) / 1000; }  // for people to read

  // `100`, `0.1`, `1500000`, `unlimited`: parse() gives back the same rate.
  std::string to_string() const;

  constexpr auto operator<=>(const Rate&) const = default;  // unlimited is the greatest

 private:
  explicit constexpr Rate(uint64_t millis) : millis_(millis) {}

  uint64_t millis_ = 100'000;
};

}  // namespace portolan::pace
