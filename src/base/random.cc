// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace portolan::base {

void secure_random(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t n = getrandom(out.data(), out.size(), 0);
    if (n > 0) {
      out = out.subspan(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      std::abort();  // without randomness every cookie would be forgeable: better to stop than to go on
    }
  }
}

uint64_t secure_random64() {
  uint64_t v = 0;
  secure_random({reinterpret_cast<uint8_t*>(&v), sizeof v});
  return v;
}

}  // namespace portolan::base
