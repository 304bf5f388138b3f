// SPDX-License-Identifier: Apache-2.0
// driver_name(): which driver an interface has ("veth", "virtio_net", "ixgbe"), by ethtool's ioctl; empty: unknown. Any
// thread, in the network namespace of that thread.
#pragma once

#include <string>

namespace portolan::host {

std::string driver_name(const std::string& interface);

}  // namespace portolan::host
