// SPDX-License-Identifier: Apache-2.0
// KernelReceiver: a BulkReceiver over the kernel program that receives (xdp::CatchProgram). The lane's.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "scan/bulk.h"
#include "xdp/catch.h"

namespace portolan::scan {

class KernelReceiver final : public BulkReceiver {
 public:
  // REQUIRES: the program outlives it.
  KernelReceiver(xdp::CatchProgram& program, std::vector<addr::IpAddress> ours)
      : program_(program), ours_(std::move(ours)) {}

  std::span<const xdp::Caught> poll(size_t most) override;
  addr::IpAddress own(uint16_t number) const override { return ours_[number]; }
  BulkReceived received() const override;
  int wait_fd() const override { return program_.ring_fd(); }

 private:
  static constexpr size_t kBurst = 64;

  xdp::CatchProgram& program_;
  std::vector<addr::IpAddress> ours_;  // as the program numbers them
  std::array<xdp::Caught, kBurst> caught_{};
};

}  // namespace portolan::scan
