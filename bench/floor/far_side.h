// SPDX-License-Identifier: Apache-2.0
// FarSide: one end of a veth pair whose driver counts and drops whatever arrives. For the programs of bench/limits.
#pragma once

#include <cstdint>
#include <string>

struct floor_bpf;

namespace portolan::bench {

class FarSide {
 public:
  // Throws std::runtime_error.
  explicit FarSide(const std::string& interface);
  ~FarSide();
  FarSide(const FarSide&) = delete;
  FarSide& operator=(const FarSide&) = delete;

  uint64_t arrived() const { return count(0); }

  // The bare live-frames loop: sends a frame of zeros by `interface` until stop_live(), from the calling thread.
  // write: the program writes it anew each time.
  void send_live(const std::string& interface, bool write);
  uint64_t live_made() const { return count(1); }
  void stop_live();

 private:
  uint64_t count(uint32_t which) const;

  floor_bpf* program_;
  int link_ = -1;
};

}  // namespace portolan::bench
