// SPDX-License-Identifier: Apache-2.0
// open_sink(): the writer of any format, opened, from its description.
//
// The one place that knows all formats. Formats whose writers are not files of text (binary, sqlite, redis) are opened
// here too. For one filter or several outputs wrap what it returns (fanout.h). The sink owns all that it needs; the
// error says which file or server, and why. Any thread; the sink is then the writer's.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "output/format.h"
#include "result/sink.h"

namespace portolan::output {

// Opens (and without `append` empties) the file.
tl::expected<std::unique_ptr<result::Sink>, std::string> open_sink(const OutputSpec& spec);

}  // namespace portolan::output
