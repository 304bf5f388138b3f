// SPDX-License-Identifier: Apache-2.0
#include "host/kernel_guard.h"

#include <fmt/format.h>

#include "host/nft_batch.h"

namespace portolan::host {
namespace {

std::string text_of(const std::vector<PortRange>& ports) {
  std::string text;
  for (const PortRange& r : ports) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", r.first);
    if (r.last != r.first) text += fmt::format("-{}", r.last);
  }
  return text;
}

std::string refusal(const std::string& why, const std::vector<PortRange>& ports) {
  return fmt::format(
      "cannot keep the kernel from answering to our ports {}: {}. Without that it resets what targets answer: open "
      "ports are still found, but a target sees a connection that is cut at once. To do it by hand:\n{}",
      text_of(ports), why, KernelGuard::by_hand(ports));
}

}  // namespace

tl::expected<KernelGuard, std::string> KernelGuard::raise(std::vector<PortRange> ports) {
  auto table = OwnedTable::make([&ports](NftBatch& batch) {
    for (const uint8_t protocol : {uint8_t{IPPROTO_TCP}, uint8_t{IPPROTO_UDP}, uint8_t{IPPROTO_SCTP}}) {
      for (const PortRange& range : ports) {
        batch.rule([&](NftRule& rule) {
          rule.protocol(protocol);
          rule.destination_port(range);
          rule.counter();
          rule.drop();
        });
      }
    }
  });
  if (!table) return tl::make_unexpected(refusal(table.error(), ports));
  return KernelGuard(std::move(table->socket), std::move(table->name), std::move(ports));
}

KernelGuard::KernelGuard(std::unique_ptr<NetlinkSocket> socket, std::string table, std::vector<PortRange> ports)
    : socket_(std::move(socket)), table_(std::move(table)), ports_(std::move(ports)) {}
KernelGuard::KernelGuard(KernelGuard&&) noexcept = default;
KernelGuard::~KernelGuard() = default;

std::string KernelGuard::describe() const {
  return fmt::format(
      "the kernel drops what comes for our ports {} by the nftables table 'inet {}', and removes it when this "
      "process ends",
      text_of(ports_), table_);
}

std::string KernelGuard::by_hand(const std::vector<PortRange>& ports) {
  return fmt::format(
      "  nft add table inet portolan\n"
      "  nft add chain inet portolan input '{{ type filter hook input priority {} ; }}'\n"
      "  nft add rule inet portolan input meta l4proto '{{ tcp, udp, sctp }}' th dport {} drop\n"
      "  nft delete table inet portolan    # afterwards\n",
      kGuardPriority, ports.size() == 1 ? text_of(ports) : fmt::format("'{{ {} }}'", text_of(ports)));
}

}  // namespace portolan::host
