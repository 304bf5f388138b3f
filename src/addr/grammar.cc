// SPDX-License-Identifier: Apache-2.0
#include "addr/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "addr/grammar_internal.h"

namespace portolan::addr {

using namespace grammar_internal;

namespace {

constexpr int bits_of(const IpAddress& a) { return a.is_v4() ? 32 : 128; }

AddressRange prefix_range(const IpAddress& address, int bits) {
  if (address.is_v4()) {
    const uint32_t host = bits == 0 ? ~uint32_t{0} : (uint32_t{1} << (32 - bits)) - 1;
    return {IpAddress::v4(address.v4_bits() & ~host), IpAddress::v4(address.v4_bits() | host)};
  }
  const base::u128 host = bits == 0 ? base::kU128Max : (base::u128{1} << (128 - bits)) - 1;
  return {IpAddress::v6(address.v6_bits() & ~host), IpAddress::v6(address.v6_bits() | host)};
}

// An address as it stands in ranges and prefixes: IPv6 with or without brackets.
Parsed<IpAddress> parse_side(const Source& source, std::string_view part) {
  if (!part.starts_with('[')) return parse_plain_address(source, part);
  if (!part.ends_with(']')) return source.fail(part, "a '[' has no ']' after the address", "write [2001:db8::1]");
  return parse_plain_address(source, part.substr(1, part.size() - 2));
}

// 10.0.0.1-5: some programs read it as a range of the last number.
std::optional<TextError> refuse_short_end(const Source& source, const IpAddress& first, std::string_view end) {
  if (!first.is_v4() || end.empty() || end.size() > 3 || !std::all_of(end.begin(), end.end(), is_digit)) return {};
  const std::string start = first.to_string();
  return source
      .fail(end, fmt::format("the range ends in {}, which is not an address", quoted(end)),
            fmt::format("write {}-{}{}", start, start.substr(0, start.rfind('.') + 1), end))
      .value();
}

Parsed<TargetItem> parse_range(const Source& source, std::string_view text, size_t dash) {
  const auto first = parse_side(source, text.substr(0, dash));
  if (!first) return Failure(first.error());
  const std::string_view end = text.substr(dash + 1);
  if (auto error = refuse_short_end(source, *first, end)) return Failure(*std::move(error));
  const auto last = parse_side(source, end);
  if (!last) return Failure(last.error());
  if (first->family() != last->family()) {
    return source.fail(text, fmt::format("the range {} mixes IPv4 and IPv6", quoted(text)), "give a range of each");
  }
  if (*last < *first) {
    return source.fail(text, fmt::format("the range {} is reversed", quoted(text)),
                       fmt::format("write {}-{}", last->to_string(), first->to_string()));
  }
  return AddressRange{*first, *last};
}

// 255.255.255.0 as a prefix length; 0 when the mask is none.
int mask_bits(const Source& source, std::string_view part) {
  const auto mask = parse_plain_address(source, part);
  if (!mask || !mask->is_v4()) return 0;
  const int bits = std::countl_one(mask->v4_bits());
  return prefix_range(IpAddress::v4(~uint32_t{0}), bits).first == *mask ? bits : 0;
}

Parsed<TargetItem> parse_prefix(const Source& source, std::string_view text, size_t slash) {
  const auto address = parse_side(source, text.substr(0, slash));
  if (!address) return Failure(address.error());
  const std::string_view length = text.substr(slash + 1);
  const int most = bits_of(*address);
  if (length.empty()) {
    return source.fail(text, fmt::format("the prefix length is missing in {}", quoted(text)),
                       fmt::format("write {0}/{1} for the network, or {0} for one address", address->to_string(),
                                   address->is_v4() ? 24 : 64));
  }
  if (const int bits = mask_bits(source, length); bits != 0) {
    return source.fail(length, fmt::format("{} is a mask", quoted(length)),
                       fmt::format("write {}/{}", address->to_string(), bits));
  }
  if (!std::all_of(length.begin(), length.end(), is_digit)) {
    return source.fail(length, fmt::format("{} is not a prefix length", quoted(length)),
                       "write one such as /24; ports of networks are given with -p");
  }
  const auto bits = parse_number(source, length, static_cast<uint32_t>(most), "a prefix length");
  if (!bits) return Failure(bits.error());
  return prefix_range(*address, static_cast<int>(*bits));
}

Parsed<TargetItem> parse_pair(const Source& source, const Parsed<IpAddress>& address, std::string_view port) {
  if (!address) return Failure(address.error());
  const auto service = parse_endpoint_port(source, port);
  if (!service) return Failure(service.error());
  return Target{*address, *service};
}

// "[v6]", "[v6]:port", "[v6]/64", "[v6]-[v6]".
Parsed<TargetItem> parse_bracketed(const Source& source, std::string_view text) {
  const size_t close = text.find(']');
  if (close == text.npos) return source.fail(text, "a '[' has no ']' after the address", "write [2001:db8::1]");
  const std::string_view inside = text.substr(1, close - 1);
  const std::string_view rest = text.substr(close + 1);
  if (inside.find(':') == inside.npos) {
    return source.fail(text.substr(0, close + 1), fmt::format("{} is not an IPv6 address", quoted(inside)),
                       "brackets are for IPv6 only");
  }
  if (rest.empty()) {
    const auto address = parse_plain_address(source, inside);
    if (!address) return Failure(address.error());
    return AddressRange{*address, *address};
  }
  if (rest[0] == '-') return parse_range(source, text, close + 1);
  if (rest[0] == '/') return parse_prefix(source, text, close + 1);
  if (rest[0] == ':') return parse_pair(source, parse_plain_address(source, inside), rest.substr(1));
  return source.fail(rest, fmt::format("{} stands after the address", quoted(rest)),
                     "after ']' comes nothing, ':port', '/prefix' or '-[address]'");
}

// Addresses, in every form without brackets in front.
Parsed<TargetItem> parse_numeric(const Source& source, std::string_view text) {
  const size_t colon = text.find(':');
  if (std::count(text.begin(), text.end(), ':') == 1) {
    if (text.find_first_of("-/") < colon) {
      return source.fail(text.substr(colon), "a port follows a range of addresses",
                         "give the ports of a range with -p");
    }
    return parse_pair(source, parse_plain_address(source, text.substr(0, colon)), text.substr(colon + 1));
  }
  if (const size_t dash = text.find('-'); dash != text.npos) return parse_range(source, text, dash);
  if (const size_t slash = text.find('/'); slash != text.npos) return parse_prefix(source, text, slash);
  const auto address = parse_plain_address(source, text);
  if (!address) return Failure(address.error());
  return AddressRange{*address, *address};
}

std::optional<TextError> refuse_label(const Source& source, std::string_view label, std::string_view name) {
  const auto fail = [&](std::string what) {
    return source
        .fail(label.empty() ? name : label, std::move(what), "write an address, or a host name such as www.example.com")
        .value();
  };
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
  if (label.empty()) return fail(fmt::format("{} has an empty part between its dots", quoted(name)));
  if (label.size() > 63)
    return fail(fmt::format("{} is longer than the 63 letters of a part of a host name", quoted(label)));
  if (label.front() == '-' || label.back() == '-' || !std::all_of(label.begin(), label.end(), allowed)) {
    return fail(fmt::format("{} is neither an address nor a host name", quoted(name)));
  }
  return std::nullopt;
}

Parsed<std::string> parse_name(const Source& source, std::string_view name) {
  const std::string_view bare = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
  std::string_view label;
  for (size_t at = 0; at <= bare.size(); at += label.size() + 1) {
    label = bare.substr(at, std::min(bare.find('.', at), bare.size()) - at);
    if (auto error = refuse_label(source, label, name)) return Failure(*std::move(error));
  }
  if (bare.size() <= 253 && !std::all_of(label.begin(), label.end(), is_digit)) return std::string(name);
  return source.fail(name, fmt::format("{} is neither an address nor a host name", quoted(name)),
                     "write an address, or a host name such as www.example.com");
}

Parsed<TargetItem> parse_host(const Source& source, std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name_part = text.substr(0, colon);
  if (const size_t slash = name_part.find('/'); slash != name_part.npos) {
    return source.fail(text.substr(slash), "a host name has no prefix length",
                       fmt::format("write {}, or the network's address", text.substr(0, slash)));
  }
  auto name = parse_name(source, name_part);
  if (!name) return Failure(name.error());
  if (colon == text.size()) return HostName{*std::move(name), std::nullopt};
  const auto service = parse_endpoint_port(source, text.substr(colon + 1));
  if (!service) return Failure(service.error());
  return HostName{*std::move(name), *service};
}

Parsed<TargetItem> parse_item(const Source& source, std::string_view text) {
  if (auto error = refuse_characters(source, text)) return Failure(*std::move(error));
  if (text.empty()) return source.fail(text, "a target is missing", "write an address, such as 192.0.2.1");
  if (text[0] == '[') return parse_bracketed(source, text);
  // What is written of letters, with at most a port behind it, is a name; hexadecimal digits come with two colons.
  const bool v6 = std::count(text.begin(), text.end(), ':') >= 2;
  const std::string_view head = text.substr(0, text.find_first_of(":/"));
  const bool letters = std::any_of(head.begin(), head.end(), [](char c) { return is_letter(c) || c == '_'; });
  return letters && !v6 ? parse_host(source, text) : parse_numeric(source, text);
}

std::string endpoint_text(std::string_view host, ProtoPort service) {
  return fmt::format("{}:{}/{}", host, service.port, name(service.protocol));
}

std::string text_of(const AddressRange& r) {
  if (r.first == r.last) return r.first.to_string();
  return fmt::format("{}-{}", r.first.to_string(), r.last.to_string());
}
std::string text_of(const Target& t) {
  const std::string address = t.address.to_string();
  return endpoint_text(t.address.is_v4() ? address : fmt::format("[{}]", address), t.service);
}
std::string text_of(const HostName& h) { return h.service ? endpoint_text(h.name, *h.service) : h.name; }

}  // namespace

Parsed<ProtoPort> grammar_internal::parse_endpoint_port(const Source& source, std::string_view part) {
  const size_t slash = std::min(part.find('/'), part.size());
  ProtoPort service;
  if (slash < part.size()) {
    const std::string_view word = part.substr(slash + 1);
    const auto protocol = protocol_from_name(word);
    if (!protocol || *protocol > Protocol::kSctp) {
      return source.fail(word, fmt::format("{} is not a protocol with ports", quoted(word)),
                         "write /tcp, /udp or /sctp");
    }
    service.protocol = *protocol;
  }
  const std::string_view digits = part.substr(0, slash);
  if (digits.empty()) return source.fail(part, "the port is missing after ':'", "write one, such as :80");
  if (std::find_if_not(digits.begin(), digits.end(), is_digit) != digits.end()) {
    return source.fail(digits, fmt::format("{} is not one port", quoted(digits)),
                       "write one number, such as :80; several ports are given with -p");
  }
  const auto port = parse_number(source, digits, 65535, "a port");
  if (!port) return Failure(port.error());
  service.port = static_cast<uint16_t>(*port);
  return service;
}

Parsed<TargetItem> parse_target(std::string_view text) { return parse_item(Source(text), text); }

Parsed<std::vector<TargetItem>> parse_targets(std::string_view text) {
  const Source source(text);
  std::vector<TargetItem> items;
  auto error = for_each_item(source, "target", "an address, such as 192.0.2.1",
                             [&](std::string_view part) -> std::optional<TextError> {
                               auto item = parse_item(source, part);
                               if (!item) return std::move(item).error();
                               items.push_back(*std::move(item));
                               return std::nullopt;
                             });
  if (error) return Failure(*std::move(error));
  return items;
}

std::string to_string(const TargetItem& item) {
  return std::visit([](const auto& value) { return text_of(value); }, item);
}

}  // namespace portolan::addr
