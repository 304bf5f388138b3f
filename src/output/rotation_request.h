// SPDX-License-Identifier: Apache-2.0
// RotationRequest: when a file of results is put aside as a piece, and where to, as the user asked; and its text forms.
//
// Not base/rotation.h, which keeps a few old files of a log by number: pieces here are results, none is ever removed
// or overwritten, and their times are those of the calendar. Page: docs/formats/rotation.md. Values and pure
// functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace portolan::output {

struct RotationRequest {
  base::Nanos every = 0;    // 0: not by time
  base::Nanos offset = 0;   // of the boundaries from even ones, may be negative
  uint64_t most_bytes = 0;  // a piece that has reached them is put aside; 0: however long
  std::string dir = ".";
  bool compress = false;  // closed pieces, by zstd

  bool wanted() const { return every != 0 || most_bytes != 0; }
};

// "3600" "90s" "10min" "10m" "6hours" "1d" "2w" "hourly" "daily" "weekly" "-5h" (m is minutes; there are no months).
// Case does not matter. nullopt: no such time, or beyond a hundred years.
std::optional<base::Nanos> parse_rotation_time(std::string_view text);
// "500" "64k" "10m" "2G" "1gb" "1t": each letter 1024 times the one before.
std::optional<uint64_t> parse_rotation_size(std::string_view text);

// The first boundary after `wall`: a time t with t - offset a multiple of `every`, counted from 1970-01-01T00:00:00Z.
// REQUIRES: every > 0.
base::Nanos next_boundary(base::Nanos wall, base::Nanos every, base::Nanos offset);

// "231114-221320-found.xml": when it was put aside, UTC.
std::string piece_name_by_time(std::string_view file_name, base::Nanos wall);
// "found-00003.xml"
std::string piece_name_by_size(std::string_view file_name, uint64_t number);

}  // namespace portolan::output
