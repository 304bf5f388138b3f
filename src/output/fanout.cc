// SPDX-License-Identifier: Apache-2.0
#include "output/fanout.h"

namespace portolan::output {

const std::string& FanOut::error() const {
  static const std::string none;
  for (const auto& sink : sinks_) {
    if (!sink->error().empty()) return sink->error();
  }
  return none;
}

}  // namespace portolan::output
