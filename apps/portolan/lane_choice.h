// SPDX-License-Identifier: Apache-2.0
// LaneChoice: the way by which a scan's frames leave and come back, found out before its first probe.
//
// From the fastest down: xdp (probes made and answers judged by kernel programs in the driver), af_xdp (frames made in
// user space, past the network stack), packet (packet sockets: any interface, any kernel). The first that this plan,
// this interface and this kernel can have is taken, and why those above it were not is kept for the user; a lane that
// is asked for by name is taken or refused. Holds what the lane needs in the kernel: nothing of it outlives the
// process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pktio/port.h"
#include "portolan/scan_request.h"
#include "scan/egress.h"
#include "scan/kernel_receiver.h"
#include "scan/kernel_sender.h"
#include "xdp/catch.h"

namespace portolan::cli {

class LaneChoice {
 public:
  // Throws Refusal when the lane that was asked for cannot be had.
  LaneChoice(const ScanRequest& request, const scan::Plan& plan, const scan::Egress& egress);

  LaneKind kind() const { return kind_; }
  // "xdp on veth0, 2 processors, receiving in the driver": for people and the manifest.
  const std::string& text() const { return text_; }
  // "xdp: the device takes no live frames ...": of each faster lane that was passed over.
  const std::vector<std::string>& passed_over() const { return passed_over_; }

  // How many threads of ours send and receive, and the CPU that each stays on; -1: any.
  size_t lanes() const { return lanes_; }
  int cpu_of(size_t lane) const { return lane < cpus_.size() ? cpus_[lane] : -1; }
  // The AF_XDP ports of a lane, of link(); the first sends, if `sends`. Taken once.
  struct SocketPorts {
    std::vector<std::unique_ptr<pktio::Port>> ports;
    bool sends = false;
  };
  SocketPorts take_ports(size_t lane);
  // The link that is served by xdp or af_xdp; none by packet sockets.
  size_t link() const { return link_; }
  // All that comes to our ports on link() is taken before the network stack sees it.
  bool keeps_kernel_out() const { return keeps_kernel_out_; }
  scan::Bulk bulk() const { return {sender_.get(), receiver_.get()}; }

 private:
  struct Candidate;
  std::optional<std::string> why_not(const Candidate& c);  // nullopt: it is taken
  std::optional<std::string> find_link(const scan::Egress& egress);
  std::optional<std::string> try_xdp(const Candidate& c);
  std::optional<std::string> try_af_xdp(const Candidate& c);
  std::optional<std::string> attach(const Candidate& c, bool judge);
  std::optional<std::string> open_sockets(const Candidate& c, bool send);
  void give_up();

  LaneKind kind_ = LaneKind::kPacket;
  std::string text_ = "packet sockets";
  std::vector<std::string> passed_over_;
  size_t link_ = SIZE_MAX;
  size_t lanes_ = 1;
  std::vector<int> cpus_;
  bool keeps_kernel_out_ = false;
  bool zero_copy_ = false;  // all sockets
  // In this order: what reads from the program goes first.
  std::unique_ptr<xdp::CatchProgram> catcher_;
  std::unique_ptr<scan::KernelReceiver> receiver_;
  std::unique_ptr<scan::KernelSender> sender_;
  std::vector<SocketPorts> sockets_;
};

}  // namespace portolan::cli
