// SPDX-License-Identifier: Apache-2.0
#include "pktio/null_port.h"

namespace portolan::pktio {

void NullPort::commit(size_t count) {
  uint64_t bytes = 0;
  uint64_t empty = 0;
  for (const TxSlot& slot : slots_.lend(count)) {
    bytes += slot.length;
    empty += slot.length == 0;
  }
  counters_.count_sent(count - empty, bytes);
  counters_.add(PortCounter::kSendRefused, empty);
}

}  // namespace portolan::pktio
