// SPDX-License-Identifier: Apache-2.0
// Cast: who is played at an address of ours, and how his packets look.
//
// Without a population it is one host at every address: Linux with all ports open, whose ports speak whatever they are
// spoken to in; or masscanned. With one, an open port speaks the protocol that the population gives it. Pure questions,
// nothing is kept per address. Immutable: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "addr/ip_address.h"
#include "addr/target.h"
#include "population/population.h"
#include "proto/server.h"
#include "respond/options.h"
#include "respond/stateless.h"

namespace portolan::respond {

struct Role {
  population::Host host{};
  const population::Personality* who = nullptr;  // a constant
};

// A persona and the name that it goes by.
struct Player {
  population::HostName name{};
  proto::Persona persona{};

  Player() = default;
  Player(const Player& o) : name(o.name), persona(o.persona) { persona.host_name = name.view(); }
  Player& operator=(const Player&) = delete;
};

class Cast {
 public:
  explicit Cast(const EngineOptions& options);

  Role role(const addr::IpAddress& address) const;
  population::Meeting meeting(const Role& role, const addr::IpAddress& address, addr::Protocol protocol,
                              uint16_t port) const {
    return population_->meeting(role.host, address, protocol, port);
  }
  // Whether a completed handshake leads to somebody; behind a SYN proxy it may not.
  bool goes_on(const Role& role, const addr::IpAddress& address, uint16_t port) const;
  // The protocol that this port is bound to; nullptr: whatever is recognised. `mute`: it never says anything.
  const proto::Server* server(const Role& role, const addr::IpAddress& address, addr::Protocol protocol, uint16_t port,
                              bool& mute) const;
  Player player(const Role& role) const;

  // How packets look that answer the word `ask` (host_look.h).
  IpLook tcp_look(const Role& role, uint32_t ask, base::Nanos now) const;  // and UDP
  IpLook icmp_look(const Role& role, const wire::FrameView& request, uint32_t ask, base::Nanos now) const;
  IpLook error_look(const Role& role, const wire::FrameView& request, base::Nanos now) const;
  static uint32_t tcp_clock(const Role& role, base::Nanos now);
  // That its SYN-ACKs have where the SYN offered one; wire::kNoWindowScale: they have none.
  static uint8_t window_scale(const Role& role);

  bool is_masscanned() const { return style_ == proto::Style::kMasscanned; }
  uint32_t errors_per_second() const { return population_->weather().icmp_errors_per_second; }

 private:
  proto::Style style_;
  std::string host_name_;
  bool everything_;  // no population was chosen
  std::shared_ptr<const population::Population> population_;
  proto::TlsAuthority* tls_;
  base::SipKey secret_;
};

// Who says of a host that it cannot be reached: the first address of its /24 (/64).
addr::IpAddress router_of(const addr::IpAddress& host);

}  // namespace portolan::respond
