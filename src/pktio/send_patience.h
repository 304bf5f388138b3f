// SPDX-License-Identifier: Apache-2.0
// SendPatience: how long a port waits for room in a full queue: about a second without progress, and not for ever.
//
// For makers of ports over the kernel, in commit(). After that second frames are to be refused at once, until one goes
// out again. The lane's thread only.
#pragma once

#include <cstdint>

namespace portolan::pktio {

class SendPatience {
 public:
  void progress() {
    tries_ = 0;
    stuck_ = false;
  }
  // Waits a little after `reason`, the errno of a call that found no room. False: it has been tried long enough.
  bool wait(int fd, int reason);

  // Whether an errno of sending means "no room now".
  static bool is_worth_it(int reason);

 private:
  uint32_t tries_ = 0;  // since the last progress
  bool stuck_ = false;
};

}  // namespace portolan::pktio
