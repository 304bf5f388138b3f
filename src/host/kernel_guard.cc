// SPDX-License-Identifier: Apache-2.0
#include "host/kernel_guard.h"

#include <fmt/format.h>

#include "host/nft_batch.h"

namespace portolan::host {
namespace {

std::string refusal(const std::string& why, PortRange ports) {
  return fmt::format(
      "cannot keep the kernel from answering to our ports {}-{}: {}. Without that it resets what targets answer: open "
      "ports are still found, but a target sees a connection that is cut at once. To do it by hand:\n{}",
      ports.first, ports.last, why, KernelGuard::by_hand(ports));
}

}  // namespace

tl::expected<KernelGuard, std::string> KernelGuard::raise(PortRange ports) {
  auto table = OwnedTable::make([ports](NftBatch& batch) {
    for (const uint8_t protocol : {uint8_t{IPPROTO_TCP}, uint8_t{IPPROTO_UDP}, uint8_t{IPPROTO_SCTP}}) {
      batch.rule([&](NftRule& rule) {
        rule.protocol(protocol);
        rule.destination_port(ports);
        rule.counter();
        rule.drop();
      });
    }
  });
  if (!table) return tl::make_unexpected(refusal(table.error(), ports));
  return KernelGuard(std::move(table->socket), std::move(table->name), ports);
}

KernelGuard::KernelGuard(std::unique_ptr<NetlinkSocket> socket, std::string table, PortRange ports)
    : socket_(std::move(socket)), table_(std::move(table)), ports_(ports) {}
KernelGuard::KernelGuard(KernelGuard&&) noexcept = default;
KernelGuard::~KernelGuard() = default;

std::string KernelGuard::describe() const {
  return fmt::format(
      "the kernel drops what comes for our ports {}-{} by the nftables table 'inet {}', and removes it when this "
      "process ends",
      ports_.first, ports_.last, table_);
}

std::string KernelGuard::by_hand(PortRange ports) {
  return fmt::format(
      "  nft add table inet portolan\n"
      "  nft add chain inet portolan input '{{ type filter hook input priority {} ; }}'\n"
      "  nft add rule inet portolan input meta l4proto '{{ tcp, udp, sctp }}' th dport {}-{} drop\n"
      "  nft delete table inet portolan    # afterwards\n",
      kGuardPriority, ports.first, ports.last);
}

}  // namespace portolan::host
