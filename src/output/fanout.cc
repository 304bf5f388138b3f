// SPDX-License-Identifier: Apache-2.0
#include "output/fanout.h"

namespace portolan::output {

const std::string& FanOut::error() const {
  static const std::string kNone;
  for (const auto& sink : sinks_) {
    if (!sink->error().empty()) return sink->error();
  }
  return kNone;
}

}  // namespace portolan::output
