// SPDX-License-Identifier: Apache-2.0
// The root DSE (RFC 4512, 5.1): what an LDAP server says of itself to everybody.
#pragma once

#include "proto/ber.h"
#include "proto/server.h"

namespace portolan::proto::ldap {

// The suffix of the directory: the domain of the host's name as dc= components, or "dc=nodomain".
void say_naming_context(const Persona& persona, base::Writer& out);

// Whether a DN is that suffix, or below it (ignoring case).
bool in_naming_context(const Persona& persona, base::Bytes dn);

// The attributes of the entry that `wanted` (an AttributeSelection's contents) asks for, each a PartialAttribute.
void say_root_dse(const Persona& persona, base::Bytes wanted, base::Writer& out);

}  // namespace portolan::proto::ldap
