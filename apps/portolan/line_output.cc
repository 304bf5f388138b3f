// SPDX-License-Identifier: Apache-2.0
#include "portolan/line_output.h"

#include <unistd.h>

#include <cerrno>

namespace portolan::cli {

bool write_all(int fd, Text& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      return false;
    }
  }
  text.clear();
  return true;
}

}  // namespace portolan::cli
