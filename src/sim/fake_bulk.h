// SPDX-License-Identifier: Apache-2.0
// FakeBulk: what the kernel lane's programs do, in memory and in virtual time: a Port around the lane's.
//
// As a BulkSender it sends a gulp of up to 100 probes a millisecond; what lies on the link it leaves to the lane, as
// the kernel's does. As a BulkReceiver it keeps proven TCP answers back as records. Written apart from the kernel
// programs, from their contracts, so that a lane over them can be held against one without. For tests. Single-threaded.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "permute/permutation.h"
#include "pktio/port_around.h"
#include "scan/bulk.h"
#include "scan/egress.h"
#include "scan/plan.h"
#include "scan/probe_set.h"

namespace portolan::sim {

class FakeBulk final : public pktio::PortAround, public scan::BulkSender, public scan::BulkReceiver {
 public:
  // REQUIRES: plan and clock outlive it.
  FakeBulk(const scan::Plan& plan, std::unique_ptr<pktio::Port> inside, const base::VirtualClock& clock);

  std::span<const pktio::RxFrame> receive(size_t want) override;  // what is no plain answer
  pktio::PortStats stats() const override;                        // of what the lane itself sent and received
  int wait_fd() const override { return -1; }

  void start(const scan::Egress& egress) override;
  void begin(const scan::BulkPass& pass) override;
  void allow(base::u128 end) override;
  base::u128 position() const override { return position_; }
  bool settled() const override { return true; }
  size_t take_left(std::span<base::u128> positions) override;
  std::optional<base::Nanos> sent_at(base::u128 position) const override;
  void mark_answered(base::u128 index) override { answered_[static_cast<size_t>(index)] = true; }
  void set_rate(pace::Rate) override {}  // a gulp a millisecond, whatever the rate
  void hold(bool held) override { held_ = held; }
  void charge(uint64_t frames) override { charged_ += frames; }
  scan::BulkSent sent() const override { return sent_; }
  void stop() override { stopped_ = true; }
  std::string error() const override { return {}; }

  std::span<const xdp::Caught> poll(size_t most) override;
  addr::IpAddress own(uint16_t number) const override { return own_[number]; }
  scan::BulkReceived received() const override { return received_; }

  uint64_t charged() const { return charged_; }
  uint64_t caught() const { return received_.recorded; }

 private:
  void take_next();
  void send(const scan::Path& path, const addr::Target& target);
  uint16_t own_number(const addr::IpAddress& own);
  bool keeps(const pktio::RxFrame& raw);

  const scan::Plan& plan_;
  const base::VirtualClock& clock_;
  permute::Permutation order_;
  const scan::Egress* egress_ = nullptr;
  std::optional<scan::ProbeSet> probes_;
  base::SplitMix64 random_{7};
  base::u128 position_ = 0;
  uint32_t port_offset_ = 0;
  base::Nanos next_gulp_ = 0;
  base::u128 first_ = 0;
  bool skips_answered_ = false;
  bool held_ = false;
  bool stopped_ = false;
  uint64_t charged_ = 0;
  std::vector<bool> answered_;
  std::vector<base::u128> left_;
  std::vector<base::Nanos> times_;  // of the positions of this pass, from first_ on
  scan::BulkSent sent_;

  uint64_t caught_bytes_ = 0;
  std::vector<addr::IpAddress> own_;
  std::vector<pktio::RxFrame> passed_;
  std::vector<xdp::Caught> waiting_, handed_;
  scan::BulkReceived received_;
};

}  // namespace portolan::sim
