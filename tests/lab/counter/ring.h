// SPDX-License-Identifier: Apache-2.0
// Ring: every frame that arrives on one interface (AF_PACKET, TPACKET_V3), and a way to send some back.
//
// Frames lent to the callback are valid inside it only. Construction throws std::system_error. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace portolan::lab {

class Ring {
 public:
  explicit Ring(const std::string& interface);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  using Receiver = std::function<void(std::span<const uint8_t> frame, uint64_t wall_ns)>;
  // Hands over what has arrived, waiting up to `timeout_ms` for the first. False when nothing came in all that time; a
  // signal cuts it short and is no proof of that.
  bool poll(int timeout_ms, const Receiver& receiver);
  // Sends whole frames; how many the kernel took.
  size_t send(const std::vector<std::vector<uint8_t>>& frames);
  uint64_t lost();  // frames dropped because the ring was full, since the beginning

 private:
  int fd_ = -1;
  int send_fd_ = -1;
  uint8_t* map_ = nullptr;
  size_t next_block_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace portolan::lab
