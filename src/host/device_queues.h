// SPDX-License-Identifier: Apache-2.0
// device_queues(): how many queues an interface receives and sends by, by ethtool's ioctl; one where the driver does
// not tell. Any thread, in the network namespace of that thread.
#pragma once

#include <cstdint>
#include <string>

namespace portolan::host {

struct DeviceQueues {
  uint32_t receive = 1;
  uint32_t send = 1;
};

DeviceQueues device_queues(const std::string& interface);

}  // namespace portolan::host
