// SPDX-License-Identifier: Apache-2.0
// ResultReader, ResultStream: reading results back, whatever form they were written in.
//
// A ResultReader reads one form: it takes whole records off the front of a piece of a file and gives each to a
// result::Sink by write() and banner(), nothing else. A ResultStream is what to use: it is fed a file in pieces that
// are cut anywhere, recognises the form by its first bytes, and keeps what is not whole yet.
//
// Two things can be wrong with a file, and they are told apart. Torn: its end was cut inside a record, as by a kill;
// all before it is good and was given. Damage: bytes that are no record stand before others; what came before them was
// given, nothing behind them is, and the place is named. A reader builds nothing but the record at hand; memory is that
// of the longest record. One thread; refers to nothing but the sink, for the duration of a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "output/binary_format.h"
#include "output/read_record.h"
#include "result/sink.h"

namespace portolan::output {

class ResultReader {
 public:
  virtual ~ResultReader() = default;

  // How many bytes at the front of `bytes` are done with; they are not shown again. `last`: nothing follows these.
  // Once damage() says something it is not called again.
  virtual size_t read(std::string_view bytes, bool last, result::Sink& into) = 0;
  virtual std::string_view form() const = 0;  // for messages: "JSON"
  virtual bool has_lines() const { return true; }

  const std::string& damage() const { return damage_; }  // empty: none
  bool torn() const { return torn_; }
  const ReadCounts& counts() const { return maker_.counts; }
  // When the scan began, where the file says it before its first record.
  std::optional<base::Nanos> started() const { return started_; }

 protected:
  RecordMaker maker_;
  std::string damage_;
  bool torn_ = false;
  std::optional<base::Nanos> started_;
};

struct ReadingOptions {
  BannerNumbers numbers = BannerNumbers::kCurrent;  // of binary files
};

class ResultStream {
 public:
  static constexpr size_t kLongestRecord = size_t{16} << 20;

  explicit ResultStream(ReadingOptions options) : options_(options) {}

  // False: there is damage, and nothing more is read.
  bool feed(std::string_view piece, result::Sink& into);
  bool finish(result::Sink& into);

  bool damaged() const { return !damage_.empty(); }
  const std::string& damage() const { return damage_; }  // what, without the place
  uint64_t damaged_byte() const { return offset_; }      // from the beginning of the file
  uint64_t damaged_line() const { return line_; }        // counted from 1; 0: the form has no lines
  // "TITLE:7 (byte 123)", or "TITLE, byte 123" where there are no lines.
  std::string damaged_place(std::string_view title) const;

  bool torn() const { return reader_ && reader_->torn(); }
  std::string_view form() const { return reader_ ? reader_->form() : "an empty file"; }
  ReadCounts counts() const { return reader_ ? reader_->counts() : ReadCounts{}; }
  std::optional<base::Nanos> started() const { return reader_ ? reader_->started() : std::nullopt; }

 private:
  bool read(bool last, result::Sink& into);
  bool recognise(bool last);

  ReadingOptions options_;
  std::unique_ptr<ResultReader> reader_;
  std::string held_;
  std::string damage_;
  uint64_t offset_ = 0;  // of held_ in the file
  uint64_t line_ = 1;    // at offset_
};

// The reader of the form that `start`, the first bytes of a file, has; nullptr with `why` set when it has none, and
// with `why` empty when more bytes are needed to tell. `whole`: these are all.
std::unique_ptr<ResultReader> reader_of(std::string_view start, bool whole, const ReadingOptions& options,
                                        std::string& why);

}  // namespace portolan::output
