// SPDX-License-Identifier: Apache-2.0
// Reading results back, a line at a time and fast: our NDJSON, list and truth, and what masscan writes.
//
// For programs that count millions of results, not for general JSON: it walks a line once, without building anything,
// and takes the members that say what was found where: ip, port, proto, status, rec_type, wherever they stand. So it
// reads {"ip":...,"port":...,"data":{"status":...}} (masscan -oD and ours), {"ip":...,"ports":[{...},...]} (masscan
// -oJ, which puts a comma behind each object, and brackets around all), and "open tcp 80 10.0.0.1 1700000000" (-oL).
// Lines without a result (manifest, banners, comments, brackets) are told apart from damaged ones.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "addr/target.h"
#include "result/observation.h"

namespace portolan::output {

struct ReadResult {
  addr::Target target;
  result::State state = result::State::kOpen;

  auto operator<=>(const ReadResult&) const = default;
};

enum class LineKind : uint8_t {
  kResult,  // one or more were added
  kOther,   // whole, and no result
  kBad      // cannot be understood; nothing was added
};

// `line` without its line feed. Adds to `into`.
LineKind read_result_line(std::string_view line, std::vector<ReadResult>& into);

}  // namespace portolan::output
