// SPDX-License-Identifier: Apache-2.0
#include "host/responder_guard.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>

namespace portolan::host {
namespace {

constexpr NftAddressSet kPlayed4{.name = "played4", .id = 1, .family = addr::Family::kIpv4};
constexpr NftAddressSet kPlayed6{.name = "played6", .id = 2, .family = addr::Family::kIpv6};
// ICMPv6: multicast listener discovery (130 to 132, RFC 2710), neighbor discovery (133 to 137, RFC 4861).
constexpr uint8_t kFirstLinkDuty = 130;
constexpr uint8_t kLastLinkDuty = 137;

std::vector<Stretch> of_family(const ResponderGuardPlan& plan, addr::Family family) {
  std::vector<Stretch> some;
  std::copy_if(plan.addresses.begin(), plan.addresses.end(), std::back_inserter(some),
               [family](const Stretch& s) { return s.first.family() == family; });
  return some;
}

void accept_what_is_not_ours(NftBatch& batch, const ResponderGuardPlan& plan) {
  batch.rule([&](NftRule& rule) {
    rule.interface(plan.interface, false);
    rule.accept();
  });
  batch.rule([](NftRule& rule) {
    rule.protocol(IPPROTO_ICMPV6);
    rule.transport_byte(0, kFirstLinkDuty, kLastLinkDuty);
    rule.accept();
  });
  batch.rule([](NftRule& rule) {
    rule.connection_known();
    rule.accept();
  });
  for (const PortRange& ports : plan.kept) {
    for (const uint8_t protocol : {uint8_t{IPPROTO_TCP}, uint8_t{IPPROTO_UDP}}) {
      batch.rule([&](NftRule& rule) {
        rule.protocol(protocol);
        rule.destination_port(ports);
        rule.accept();
      });
    }
  }
}

void drop_what_is_played(NftBatch& batch, const ResponderGuardPlan& plan) {
  for (const NftAddressSet& set : {kPlayed4, kPlayed6}) {
    const std::vector<Stretch> some = of_family(plan, set.family);
    if (some.empty()) continue;
    batch.addresses(set, some);
    batch.rule([&](NftRule& rule) {
      rule.destination(set);
      rule.counter();
      rule.drop();
    });
  }
}

std::string text_of(const std::vector<PortRange>& ports) {
  std::string text;
  for (const PortRange& p : ports) {
    if (!text.empty()) text += ", ";
    text += p.first == p.last ? fmt::format("{}", p.first) : fmt::format("{}-{}", p.first, p.last);
  }
  return text;
}

std::string text_of(const std::vector<Stretch>& stretches) {
  std::string text;
  for (const Stretch& s : stretches) {
    if (!text.empty()) text += ", ";
    text += s.first == s.last ? s.first.to_string() : s.first.to_string() + "-" + s.last.to_string();
  }
  return text;
}

std::string what_is_wrong(const ResponderGuardPlan& plan) {
  if (plan.interface.empty() || plan.interface.size() >= IFNAMSIZ) {
    return fmt::format("'{}' cannot be the name of an interface", plan.interface);
  }
  if (plan.addresses.empty()) return "there is no address to guard";
  if (plan.addresses.size() > ResponderGuard::kMostStretches) {
    return fmt::format("{} separate stretches of addresses are more than {}; write them as networks",
                       plan.addresses.size(), ResponderGuard::kMostStretches);
  }
  return {};
}

std::string refusal(const std::string& why, const ResponderGuardPlan& plan) {
  return fmt::format(
      "cannot keep the kernel from answering on {} in our place: {}. Without that it resets connections to addresses "
      "that this machine has itself, and answers their echo requests. To do it by hand:\n{}",
      plan.interface, why, ResponderGuard::by_hand(plan));
}

}  // namespace

tl::expected<ResponderGuard, std::string> ResponderGuard::raise(const ResponderGuardPlan& plan) {
  if (const std::string wrong = what_is_wrong(plan); !wrong.empty()) return tl::make_unexpected(refusal(wrong, plan));
  auto table = OwnedTable::make([&plan](NftBatch& batch) {
    accept_what_is_not_ours(batch, plan);
    drop_what_is_played(batch, plan);
  });
  if (!table) return tl::make_unexpected(refusal(table.error(), plan));
  return ResponderGuard(std::move(*table), plan);
}

std::string ResponderGuard::describe() const {
  return fmt::format(
      "the kernel drops what comes on {} for {} stretch{} of addresses by the nftables table 'inet {}'{}, and removes "
      "it when this process ends",
      plan_.interface, plan_.addresses.size(), plan_.addresses.size() == 1 ? "" : "es", table(),
      plan_.kept.empty() ? ", without a port kept for this machine" : ", but for ports " + text_of(plan_.kept));
}

std::string ResponderGuard::by_hand(const ResponderGuardPlan& plan) {
  std::string text = fmt::format(
      "  nft add table inet portolan\n"
      "  nft add chain inet portolan input '{{ type filter hook input priority {} ; }}'\n"
      "  nft add rule inet portolan input iifname != \"{}\" accept\n"
      "  nft add rule inet portolan input icmpv6 type {}-{} accept\n"
      "  nft add rule inet portolan input ct state established,related accept\n",
      kGuardPriority, plan.interface, kFirstLinkDuty, kLastLinkDuty);
  if (!plan.kept.empty()) {
    text += fmt::format("  nft add rule inet portolan input meta l4proto '{{ tcp, udp }}' th dport '{{ {} }}' accept\n",
                        text_of(plan.kept));
  }
  const std::string played4 = text_of(of_family(plan, addr::Family::kIpv4));
  const std::string played6 = text_of(of_family(plan, addr::Family::kIpv6));
  if (!played4.empty()) text += fmt::format("  nft add rule inet portolan input ip daddr '{{ {} }}' drop\n", played4);
  if (!played6.empty()) text += fmt::format("  nft add rule inet portolan input ip6 daddr '{{ {} }}' drop\n", played6);
  return text + "  nft delete table inet portolan    # afterwards\n";
}

}  // namespace portolan::host
