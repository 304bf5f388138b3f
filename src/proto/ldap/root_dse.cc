// SPDX-License-Identifier: Apache-2.0
#include "proto/ldap/root_dse.h"

#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::ldap {

namespace {

struct Vendor {
  std::string_view name, version;
};
constexpr std::array kVendors = {
    Vendor{"389 Project", "389-Directory/1.4.4.11 B2022.033.1436"},
    Vendor{"389 Project", "389-Directory/2.3.1 B2023.010.0000"},
    Vendor{"Apache Software Foundation", "2.0.0.AM26"},
    Vendor{"Apache Software Foundation", "2.0.0.AM27"},
};

constexpr size_t kMostContext = 256;

bool is_wanted(std::string_view attribute, base::Bytes wanted) {
  BerReader in(wanted);
  if (in.empty()) return true;
  while (!in.empty()) {
    const std::string_view name = text_of(in.next(ber::kOctets));
    if (!in.ok()) return false;
    if (name == "*" || name == "+" || same_ignoring_case(name, attribute)) return true;
  }
  return false;
}

class Attributes {
 public:
  Attributes(base::Bytes wanted, base::Writer& out) : wanted_(wanted), out_(out) {}

  template <class... Values>
  void add(std::string_view name, Values... values) {
    if (!is_wanted(name, wanted_)) return;
    const size_t attribute = out_.open(ber::kSequence);
    out_.element(ber::kOctets, bytes_of(name));
    const size_t set = out_.open(ber::kSet);
    (out_.element(ber::kOctets, bytes_of(std::string_view(values))), ...);
    out_.close(set);
    out_.close(attribute);
  }

 private:
  base::Bytes wanted_;
  BerWriter out_;
};

}  // namespace

void say_naming_context(const Persona& persona, base::Writer& out) {
  const size_t dot = persona.host_name.find('.');
  std::string_view domain = dot == std::string_view::npos ? "nodomain" : persona.host_name.substr(dot + 1);
  bool first = true;
  while (!domain.empty()) {
    const size_t end = std::min(domain.find('.'), domain.size());
    out.bytes(bytes_of(first ? "dc=" : ",dc="));
    out.bytes(bytes_of(domain.substr(0, end)));
    domain.remove_prefix(std::min(end + 1, domain.size()));
    first = false;
  }
}

bool in_naming_context(const Persona& persona, base::Bytes dn) {
  std::array<uint8_t, kMostContext> room;
  base::Writer context(room);
  say_naming_context(persona, context);
  const std::string_view suffix = text_of(context.written());
  const std::string_view name = text_of(dn);
  return name.size() >= suffix.size() && same_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
}

void say_root_dse(const Persona& persona, base::Bytes wanted, base::Writer& out) {
  std::array<uint8_t, kMostContext> room;
  base::Writer context(room);
  say_naming_context(persona, context);
  const Vendor& vendor = pick(persona, "ldap", kVendors);
  Attributes attributes(wanted, out);
  attributes.add("objectClass", "top");
  attributes.add("namingContexts", text_of(context.written()));
  attributes.add("supportedLDAPVersion", "3");
  attributes.add("supportedControl", "1.2.840.113556.1.4.319", "2.16.840.1.113730.3.4.2");
  attributes.add("supportedExtension", "1.3.6.1.4.1.4203.1.11.3");
  attributes.add("subschemaSubentry", "cn=schema");
  attributes.add("vendorName", vendor.name);
  attributes.add("vendorVersion", vendor.version);
}

}  // namespace portolan::proto::ldap
