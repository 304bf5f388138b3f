// SPDX-License-Identifier: Apache-2.0
// read(): a text through a ResultStream, and what came of it, for tests and fuzz targets of readers. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/result_reader.h"
#include "output/testing/collector.h"

namespace portolan::output::testing {

struct Read {
  std::vector<result::Observation> observations;
  std::vector<KeptBanner> banners;
  std::string damage;
  uint64_t byte = 0;
  uint64_t line = 0;
  bool torn = false;
  uint64_t left_out = 0;
};

// In pieces of `step` bytes.
inline Read read(std::string_view text, size_t step = 1 << 20, ReadingOptions options = {}) {
  Collector kept;
  ResultStream stream(options);
  for (size_t at = 0; at < text.size(); at += step) stream.feed(text.substr(at, step), kept);
  stream.finish(kept);
  return {kept.observations,     kept.banners,  stream.damage(),         stream.damaged_byte(),
          stream.damaged_line(), stream.torn(), stream.counts().left_out};
}

// Whether it is read whole and in pieces of `step` bytes alike, and damage has a place inside of it. REQUIRES: at most
// 4096 bytes, by which the form is told: what is longer may be judged by more of it when it comes at once.
inline bool reads_alike(std::string_view text, size_t step) {
  const Read whole = read(text), pieces = read(text, step);
  return whole.damage == pieces.damage && whole.torn == pieces.torn && whole.byte == pieces.byte &&
         whole.line == pieces.line && whole.left_out == pieces.left_out && whole.banners == pieces.banners &&
         whole.observations.size() == pieces.observations.size() && whole.byte <= text.size();
}

}  // namespace portolan::output::testing
