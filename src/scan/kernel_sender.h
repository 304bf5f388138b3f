// SPDX-License-Identifier: Apache-2.0
// KernelSender: a BulkSender made of kernel programs (xdp::SendProgram), one a processor, each with its slice of the
// lane's positions and its part of the rate.
//
// Made before the scan, so that what the kernel cannot do is known before a frame leaves; it sends nothing until
// start(). What it leaves to the lane: destinations on the link whose neighbours must be resolved, those beyond other
// links, ARP, NDP and IP protocol probes. Its threads stay on the processors they are given, and end in stop() or the
// destructor. The lane's; the plan must outlive it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "permute/permutation.h"
#include "permute/shard.h"
#include "scan/bulk.h"
#include "scan/egress.h"
#include "scan/plan.h"
#include "xdp/send.h"

namespace portolan::scan {

class KernelSender final : public BulkSender {
 public:
  // `link`: whose targets it sends to; the others are left. One program per element of `cpus`; -1: wherever the
  // scheduler likes. The error says why the kernel lane cannot serve this scan.
  static tl::expected<std::unique_ptr<KernelSender>, std::string> make(const Plan& plan, const Egress& egress,
                                                                       uint16_t link, const std::vector<int>& cpus);
  ~KernelSender() override;

  // Stand still while more than `bytes` wait in a ring of results.
  tl::expected<void, std::string> hold_when(int ring_fd, uint64_t bytes);

  void start(const Egress& egress) override;
  void begin(const BulkPass& pass) override;
  void allow(base::u128 end) override;
  base::u128 position() const override;
  bool settled() const override;
  size_t take_left(std::span<base::u128> positions) override;
  std::optional<base::Nanos> sent_at(base::u128 position) const override;
  void mark_answered(base::u128 index) override;
  void set_rate(pace::Rate rate) override;
  void hold(bool held) override;
  void charge(uint64_t frames) override;
  BulkSent sent() const override;
  void stop() override;
  std::string error() const override;

 private:
  struct Slice {
    explicit Slice(xdp::SendProgram p) : program(std::move(p)) {}
    xdp::SendProgram program;
    permute::Shard of_scan;  // whose indexes are this slice's
    permute::Shard of_lane;  // whose positions of the lane are this slice's
    int cpu = -1;
    std::thread thread;
    std::string error;  // of the thread; read after `failed`
    std::atomic<bool> failed{false};
  };
  struct Hop {
    size_t stretch;  // of the programs
    uint32_t path;
  };

  explicit KernelSender(const Plan& plan);
  static void run(Slice& slice);

  permute::Permutation order_;
  base::u128 size_;  // of the lane's positions
  std::vector<Hop> hops_;
  std::vector<std::unique_ptr<Slice>> slices_;
  size_t next_left_ = 0;     // the slice that is asked first
  size_t next_charged_ = 0;  // the slice that pays next
};

}  // namespace portolan::scan
