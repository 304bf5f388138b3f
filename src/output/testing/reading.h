// SPDX-License-Identifier: Apache-2.0
// read(): a text through a ResultStream, and what came of it, for tests of readers. One thread.
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

}  // namespace portolan::output::testing
