// SPDX-License-Identifier: Apache-2.0
#include "host/netlink.h"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/netlink_socket.h"

namespace portolan::host {
namespace {

using addr::IpAddress;

// Where the kernel's answer changes though no table says so.
const Stretch kBuiltIn[] = {
    stretch_of_prefix(IpAddress(), 128),                           // ::
    stretch_of_prefix(IpAddress::v6(base::make_u128(0, 1)), 128),  // ::1
    stretch_of_prefix(IpAddress::v6(base::make_u128(uint64_t{0xfe80} << 48, 0)), 10),
    stretch_of_prefix(IpAddress::v6(base::make_u128(uint64_t{0xff00} << 48, 0)), 8),
    stretch_of_prefix(IpAddress::v4(0), 32),
    stretch_of_prefix(IpAddress::v4(0), 8),
    stretch_of_prefix(IpAddress::v4(0x7f000000), 8),
    stretch_of_prefix(IpAddress::v4(0xe0000000), 4),
    stretch_of_prefix(IpAddress::v4(0xf0000000), 4),
    stretch_of_prefix(IpAddress::v4(0xffffffff), 32),
};

// A request in the making: the netlink header, the family's own header, room for two attributes.
template <class Header>
class Request {
 public:
  explicit Request(uint16_t type) : message_(mnl_nlmsg_put_header(bytes_)) {
    message_->nlmsg_type = type;
    header = static_cast<Header*>(mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  nlmsghdr* message() { return message_; }
  void put(uint16_t type, const IpAddress& address) {
    uint8_t raw[16];
    if (address.is_v4()) {
      address.store_v4(raw);
      mnl_attr_put(message_, type, 4, raw);
    } else {
      address.store_v6(raw);
      mnl_attr_put(message_, type, 16, raw);
    }
  }

  Header* header = nullptr;

 private:
  alignas(nlmsghdr) char bytes_[256] = {};
  nlmsghdr* message_;
};

class Looker {
 public:
  Looker(NetlinkSocket socket, std::string interface) : socket_(std::move(socket)), tied_to_(std::move(interface)) {}

  tl::expected<Vantage, std::string> look(const NextDestination& next);

 private:
  using Outcome = tl::expected<void, std::string>;

  Outcome read_links();
  Outcome read_addresses();
  Outcome read_prefixes(uint16_t type);  // RTM_GETROUTE or RTM_GETRULE
  void note_prefix(const nlmsghdr& message, uint16_t type);
  Outcome ask_route(const Stretch& piece);
  void note_route(const Stretch& piece, const nlmsghdr& message);

  NetlinkSocket socket_;
  std::string tied_to_;
  int tied_to_index_ = 0;
  std::vector<Stretch> prefixes_{std::begin(kBuiltIn), std::end(kBuiltIn)};
  Vantage vantage_;
};

tl::unexpected<std::string> refused(const char* what, int reason) {
  return tl::make_unexpected(fmt::format("the kernel does not tell its {}: {}", what, std::strerror(reason)));
}

// NOARP: an Ethernet frame format without neighbours to resolve (dummy, vrf, ipvlan); the kernel knows what to write.
LinkKind kind_of(const ifinfomsg& link) {
  if (link.ifi_type == ARPHRD_LOOPBACK) return LinkKind::kLoopback;
  return link.ifi_type == ARPHRD_ETHER && (link.ifi_flags & IFF_NOARP) == 0 ? LinkKind::kEthernet : LinkKind::kRawIp;
}

Interface interface_from(const nlmsghdr& message) {
  const auto& link = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  const Attributes attributes(message, sizeof link);
  Interface i;
  i.index = link.ifi_index;
  i.name = attributes.text(IFLA_IFNAME);
  i.kind = kind_of(link);
  i.up = (link.ifi_flags & IFF_UP) != 0;
  i.mtu = attributes.u32(IFLA_MTU, 1500);
  const nlattr* mac = attributes[IFLA_ADDRESS];
  if (i.kind == LinkKind::kEthernet && mac != nullptr && mnl_attr_get_payload_len(mac) == 6) {
    i.mac = addr::MacAddress::from_bytes(static_cast<const uint8_t*>(mnl_attr_get_payload(mac)));
  }
  return i;
}

Looker::Outcome Looker::read_links() {
  Request<ifinfomsg> request(RTM_GETLINK);
  const int reason = socket_.dump(
      request.message(), [&](const nlmsghdr& m) { vantage_.interfaces.push_back(interface_from(m)); },
      [&] { vantage_.interfaces.clear(); });
  if (reason != 0) return refused("interfaces", reason);
  if (tied_to_.empty()) return {};
  const Interface* tied = vantage_.interface(tied_to_);
  if (tied == nullptr) return tl::make_unexpected(fmt::format("there is no interface '{}'", tied_to_));
  tied_to_index_ = tied->index;
  return {};
}

Looker::Outcome Looker::read_addresses() {
  Request<ifaddrmsg> request(RTM_GETADDR);
  const auto note = [&](const nlmsghdr& m) {
    const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&m));
    const Attributes attributes(m, sizeof header);
    // On a link with a peer, IFA_ADDRESS is the peer's and IFA_LOCAL ours.
    auto address = attributes.address(IFA_LOCAL, header.ifa_family);
    if (!address) address = attributes.address(IFA_ADDRESS, header.ifa_family);
    for (Interface& i : vantage_.interfaces) {
      if (address && i.index == static_cast<int>(header.ifa_index)) {
        i.addresses.push_back({.address = *address, .prefix_length = header.ifa_prefixlen});
      }
    }
  };
  const int reason = socket_.dump(request.message(), note, [&] {
    for (Interface& i : vantage_.interfaces) i.addresses.clear();
  });
  if (reason != 0) return refused("addresses", reason);
  return {};
}

// struct fib_rule_hdr has the layout of struct rtmsg, and FRA_DST is RTA_DST.
void Looker::note_prefix(const nlmsghdr& message, uint16_t type) {
  static_assert(sizeof(fib_rule_hdr) == sizeof(rtmsg) && int{FRA_DST} == int{RTA_DST});
  const auto& route = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  const auto destination = Attributes(message, sizeof route).address(RTA_DST, route.rtm_family);
  if (!destination || route.rtm_dst_len > (destination->is_v4() ? 32 : 128)) return;
  prefixes_.push_back(stretch_of_prefix(*destination, route.rtm_dst_len));
  if (type == RTM_GETROUTE && route.rtm_type == RTN_BROADCAST) vantage_.broadcasts.push_back(*destination);
}

Looker::Outcome Looker::read_prefixes(uint16_t type) {
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    Request<rtmsg> request(type);
    request.header->rtm_family = family;
    const size_t had = prefixes_.size();
    const size_t had_broadcasts = vantage_.broadcasts.size();
    const int reason = socket_.dump(
        request.message(), [&](const nlmsghdr& m) { note_prefix(m, type); },
        [&] {
          prefixes_.resize(had);
          vantage_.broadcasts.resize(had_broadcasts);
        });
    const bool without_family = reason == EOPNOTSUPP || reason == EAFNOSUPPORT;
    if (reason != 0 && !without_family) return refused(type == RTM_GETROUTE ? "routes" : "routing rules", reason);
  }
  return {};
}

void Looker::note_route(const Stretch& piece, const nlmsghdr& message) {
  const auto& route = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  const Attributes attributes(message, sizeof route);
  const int family = route.rtm_family;
  Hop hop{.first = piece.first, .last = piece.last, .interface_index = 0, .source = {}, .gateway = std::nullopt};
  hop.interface_index = static_cast<int>(attributes.u32(RTA_OIF, 0));
  hop.source = attributes.address(RTA_PREFSRC, family).value_or(family == AF_INET ? IpAddress::v4(0) : IpAddress());
  hop.gateway = attributes.address(RTA_GATEWAY, family);
  if (const nlattr* via = attributes[RTA_VIA]; via != nullptr && mnl_attr_get_payload_len(via) > sizeof(rtvia)) {
    const auto* v = static_cast<const rtvia*>(mnl_attr_get_payload(via));
    hop.gateway = address_from(v->rtvia_family, v->rtvia_addr, mnl_attr_get_payload_len(via) - sizeof(rtvia));
  }
  if (route.rtm_type == RTN_LOCAL || route.rtm_type == RTN_ANYCAST) {
    const auto loopback = std::find_if(vantage_.interfaces.begin(), vantage_.interfaces.end(),
                                       [](const Interface& i) { return i.kind == LinkKind::kLoopback; });
    if (loopback == vantage_.interfaces.end()) return;
    hop.interface_index = loopback->index;
    hop.gateway.reset();
  } else if (route.rtm_type != RTN_UNICAST) {
    return;
  }
  append_merged(vantage_.hops, hop);
}

Looker::Outcome Looker::ask_route(const Stretch& piece) {
  if (piece.first == IpAddress() || piece.first == IpAddress::v4(0)) return {};  // asked for, these mean "any"
  Request<rtmsg> request(RTM_GETROUTE);
  request.header->rtm_family = piece.first.is_v4() ? AF_INET : AF_INET6;
  request.header->rtm_dst_len = piece.first.is_v4() ? 32 : 128;
  request.put(RTA_DST, piece.first);
  if (tied_to_index_ != 0) mnl_attr_put_u32(request.message(), RTA_OIF, static_cast<uint32_t>(tied_to_index_));
  const int reason = socket_.ask(request.message(), [&](const nlmsghdr& m) { note_route(piece, m); });
  switch (reason) {
    case 0:
    case ENETUNREACH:   // no route
    case EHOSTUNREACH:  // a route of type unreachable
    case EACCES:        // prohibit
    case EINVAL:        // blackhole
    case ENETDOWN:
    case EAFNOSUPPORT:
    case EOPNOTSUPP:  // a kernel without this family
      return {};
    default:
      return refused("route", reason);
  }
}

tl::expected<Vantage, std::string> Looker::look(const NextDestination& next) {
  Outcome outcome = read_links();
  if (outcome) outcome = read_addresses();
  if (outcome) outcome = read_prefixes(RTM_GETROUTE);
  if (outcome) outcome = read_prefixes(RTM_GETRULE);
  if (!outcome) return tl::make_unexpected(outcome.error());
  auto& broadcasts = vantage_.broadcasts;
  std::sort(broadcasts.begin(), broadcasts.end());
  broadcasts.erase(std::unique(broadcasts.begin(), broadcasts.end()), broadcasts.end());
  for (const Stretch& piece : cut(next, prefixes_)) {
    outcome = ask_route(piece);
    if (!outcome) return tl::make_unexpected(outcome.error());
  }
  return std::move(vantage_);
}

}  // namespace

tl::expected<Vantage, std::string> look(const NextDestination& next, const std::string& interface) {
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return tl::make_unexpected(socket.error());
  return Looker(std::move(*socket), interface).look(next);
}

tl::expected<Vantage, std::string> look(std::span<const Stretch> destinations, const std::string& interface) {
  return look(next_in(destinations), interface);
}

}  // namespace portolan::host
