// SPDX-License-Identifier: Apache-2.0
#include "pktio/port_counters.h"

namespace portolan::pktio {

std::string_view counter_name(PortCounter c) {
  switch (c) {
    case PortCounter::kSent:
      return "sent";
    case PortCounter::kSentBytes:
      return "sent-bytes";
    case PortCounter::kSendRefused:
      return "send-refused";
    case PortCounter::kSendRetries:
      return "send-retries";
    case PortCounter::kReceived:
      return "received";
    case PortCounter::kReceivedBytes:
      return "received-bytes";
    case PortCounter::kReceiveDropped:
      return "receive-dropped";
    case PortCounter::kCount:
      break;
  }
  return "";
}

PortStats PortCounters::stats() const {
  return {.sent = counters_[PortCounter::kSent],
          .sent_bytes = counters_[PortCounter::kSentBytes],
          .send_refused = counters_[PortCounter::kSendRefused],
          .send_retries = counters_[PortCounter::kSendRetries],
          .received = counters_[PortCounter::kReceived],
          .received_bytes = counters_[PortCounter::kReceivedBytes],
          .receive_dropped = counters_[PortCounter::kReceiveDropped]};
}

}  // namespace portolan::pktio
