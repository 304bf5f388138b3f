// SPDX-License-Identifier: Apache-2.0
#include "respond/cast.h"

#include <algorithm>

#include "base/int128.h"
#include "wire/syn_cookie.h"

namespace portolan::respond {
namespace {

uint64_t clock_ms(base::Nanos now) { return static_cast<uint64_t>(now / base::kMillisecond); }

std::shared_ptr<const population::Population> population_of(const EngineOptions& options) {
  if (options.population) return options.population;
  return std::make_shared<population::Population>(population::Population::open_to_all());
}

}  // namespace

Cast::Cast(const EngineOptions& options)
    : style_(options.style),
      host_name_(options.host_name),
      everything_(!options.population),
      population_(population_of(options)),
      tls_(options.tls),
      secret_(options.secret) {}

Role Cast::role(const addr::IpAddress& address) const {
  Role role{population_->host(address), nullptr};
  role.who = &population::Population::personality(role.host);
  return role;
}

bool Cast::goes_on(const Role& role, const addr::IpAddress& address, uint16_t port) const {
  return role.host.kind != population::kSynProxy ||
         population_->port(role.host, address, addr::Protocol::kTcp, port) == population::kPortOpen;
}

const proto::Server* Cast::server(const Role& role, const addr::IpAddress& address, addr::Protocol protocol,
                                  uint16_t port, bool& mute) const {
  mute = role.host.kind == population::kTarpit;
  if (everything_ || mute) return nullptr;
  const std::string_view name = population_->service(role.host, address, protocol, port);
  mute = name.empty();
  return mute ? nullptr : proto::find_server(name);
}

Player Cast::player(const Role& role) const {
  Player p;
  if (everything_) {
    p.name.size = static_cast<uint8_t>(std::min(host_name_.size(), p.name.text.size()));
    std::copy_n(host_name_.begin(), p.name.size, p.name.text.begin());
  } else {
    p.name = population_->host_name(role.host);
  }
  p.persona.style = style_;
  p.persona.host_name = p.name.view();
  p.persona.variety = role.host.variety;
  p.persona.secret = secret_;
  p.persona.tls = tls_;
  return p;
}

IpLook Cast::tcp_look(const Role& role, uint32_t ask, base::Nanos now) const {
  if (is_masscanned()) return {};
  const population::HostLook& look = role.who->look;
  return {.ttl = look.ttl,
          .identification =
              static_cast<uint16_t>(population::host_ip_id(look.tcp_id, role.host.variety, ask, clock_ms(now))),
          .dont_fragment = look.tcp_dont_fragment != 0};
}

IpLook Cast::icmp_look(const Role& role, const wire::FrameView& request, uint32_t ask, base::Nanos now) const {
  if (is_masscanned()) return {};
  const population::HostLook& look = role.who->look;
  const bool v4 = request.network() == wire::FrameView::Network::kIpv4;
  return {.ttl = look.ttl,
          .identification =
              static_cast<uint16_t>(population::host_ip_id(look.icmp_id, role.host.variety, ask, clock_ms(now))),
          .dont_fragment = look.echo_copies_df != 0 && v4 && request.dont_fragment(),
          .tos = look.echo_copies_tos != 0 ? request.tos() : uint8_t{0}};
}

IpLook Cast::error_look(const Role& role, const wire::FrameView& request, base::Nanos now) const {
  const population::HostLook& look = role.who->look;
  const bool v4 = request.network() == wire::FrameView::Network::kIpv4;
  const base::Bytes body = request.payload();
  const uint32_t ask = body.size() >= 8 ? base::load_be32(body.data() + 4) : 0;
  return {.ttl = look.ttl,
          .identification =
              static_cast<uint16_t>(population::host_ip_id(look.icmp_id, role.host.variety, ask, clock_ms(now))),
          .dont_fragment = false,
          .tos = v4 ? look.error_tos : uint8_t{0}};
}

uint32_t Cast::tcp_clock(const Role& role, base::Nanos now) {
  return static_cast<uint32_t>(population::host_tcp_clock(role.host.variety, clock_ms(now)));
}

uint8_t Cast::window_scale(const Role& role) {
  const bool has = role.who->layout({.window_scale = true}).find('W') != std::string_view::npos;
  return has ? role.who->look.window_scale : uint8_t{wire::kNoWindowScale};
}

addr::IpAddress router_of(const addr::IpAddress& host) {
  if (host.is_v4()) return addr::IpAddress::v4((host.v4_bits() & 0xffffff00) | 1);
  return addr::IpAddress::v6(base::make_u128(host.hi(), 1));
}

}  // namespace portolan::respond
