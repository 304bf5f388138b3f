// SPDX-License-Identifier: Apache-2.0
// A request to a Redis server: an array of bulk strings, or words on a line ("inline").
//
// Views into the bytes; the words beyond kMostWords are counted and not kept. No allocation. A value; any thread.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::redis {

class Request {
 public:
  enum class State : uint8_t {
    kMore,   // not whole
    kWhole,  // size() bytes; it may have no words at all
    kBad     // not RESP: error() is what a Redis server says to it before it closes
  };
  static constexpr size_t kMostWords = 16;
  static constexpr size_t kMostBytes = 12288;  // longer ones are refused

  explicit Request(base::Bytes pending);

  State state() const { return state_; }
  size_t size() const { return size_; }
  size_t words() const { return words_; }  // all of them
  // Empty when there is none, or it was not kept.
  std::string_view word(size_t i) const { return i < kMostWords && i < words_ ? kept_[i] : std::string_view{}; }
  std::string_view error() const { return error_; }

 private:
  void read_array(std::string_view text);
  void read_inline(std::string_view text);
  bool read_count(std::string_view text, size_t most, size_t* count);
  bool read_bulk(std::string_view text);
  void bad(std::string_view error);

  State state_ = State::kMore;
  size_t size_ = 0;
  size_t words_ = 0;
  std::array<std::string_view, kMostWords> kept_{};
  std::string_view error_;
};

}  // namespace portolan::proto::redis
