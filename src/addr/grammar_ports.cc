// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "addr/grammar.h"
#include "addr/grammar_internal.h"

namespace portolan::addr {

using namespace grammar_internal;

namespace {

// What a prefix makes of the numbers after it.
struct Section {
  char letter;
  Protocol protocol;
  uint16_t first;  // where "-" and "-n" begin
  uint16_t most;
  std::string_view thing;
};

constexpr std::array<Section, 5> kSections = {
    {{'T', Protocol::kTcp, 1, 65535, "a port"},
     {'U', Protocol::kUdp, 1, 65535, "a port"},
     {'S', Protocol::kSctp, 1, 65535, "a port"},
     {'O', Protocol::kIp, 0, 255, "an IP protocol"},
     {'I', Protocol::kIcmpEcho, 0, 1, "an icmp probe (0 echo, 1 timestamp)"}}};

const Section* section_of(char letter) {
  const auto same = [letter](const Section& s) { return (letter | 0x20) == (s.letter | 0x20); };
  const auto it = std::find_if(kSections.begin(), kSections.end(), same);
  return it == kSections.end() ? nullptr : &*it;
}

const Section* section_of(Protocol protocol) {
  const auto same = [protocol](const Section& s) { return s.protocol == protocol; };
  return &*std::find_if(kSections.begin(), kSections.end(), same);
}

class PortParser {
 public:
  PortParser(std::string_view text, Protocol protocol, const ServiceLookup& lookup)
      : source_(text), lookup_(lookup), section_(section_of(protocol)) {}

  Parsed<std::vector<ServiceRange>> parse() {
    auto error = for_each_item(source_, "port", "ports such as 80,443 or 1-1024",
                               [this](std::string_view part) { return item(part); });
    if (error) return Failure(*std::move(error));
    return std::move(ranges_);
  }

 private:
  using Error = std::optional<TextError>;

  Error item(std::string_view part) {
    if (part.size() >= 2 && part[1] == ':') {
      const Section* section = section_of(part[0]);
      if (section == nullptr) {
        return source_
            .fail(part.substr(0, 2), fmt::format("{} is not a prefix of ports", quoted(part.substr(0, 2))),
                  "write T: tcp, U: udp, S: sctp, O: IP protocols or I: icmp")
            .value();
      }
      section_ = section;
      part.remove_prefix(2);
      if (part.empty()) return missing_after_prefix(part);
    }
    if (auto error = refuse_characters(source_, part)) return error;
    const bool numeric = std::all_of(part.begin(), part.end(), [](char c) { return is_digit(c) || c == '-'; });
    return numeric ? range(part) : service(part);
  }

  Error missing_after_prefix(std::string_view part) const {
    return source_
        .fail(part, fmt::format("nothing follows the prefix {}:", section_->letter),
              fmt::format("write it before a number, such as {}:{}", section_->letter, section_->first))
        .value();
  }

  Error range(std::string_view part) {
    const size_t dash = part.find('-');
    if (dash == part.npos) return span(part, part, part);
    if (part.find('-', dash + 1) != part.npos) {
      return source_.fail(part, fmt::format("{} has more than one '-'", quoted(part)), "write ranges such as 20-25")
          .value();
    }
    return span(part, part.substr(0, dash), part.substr(dash + 1));
  }

  // An empty end stands for the section's own.
  Error span(std::string_view part, std::string_view low, std::string_view high) {
    const auto first = low.empty() ? Parsed<uint32_t>(section_->first) : number(low);
    if (!first) return first.error();
    const auto last = high.empty() ? Parsed<uint32_t>(section_->most) : number(high);
    if (!last) return last.error();
    if (*first > *last) {
      const std::string cure =
          low.empty() ? "write 0, which is the only one below 1" : fmt::format("write {}-{}", high, low);
      return source_.fail(part, fmt::format("the range {} is reversed", quoted(part)), cure).value();
    }
    add(static_cast<uint16_t>(*first), static_cast<uint16_t>(*last));
    return std::nullopt;
  }

  Parsed<uint32_t> number(std::string_view digits) const {
    return parse_number(source_, digits, section_->most, section_->thing);
  }

  void add(uint16_t first, uint16_t last) {
    if (section_->protocol != Protocol::kIcmpEcho) return ranges_.push_back({section_->protocol, first, last});
    if (first == 0) ranges_.push_back({Protocol::kIcmpEcho, 0, 0});
    if (last == 1) ranges_.push_back({Protocol::kIcmpTimestamp, 0, 0});
  }

  Error service(std::string_view part) {
    const auto allowed = [](char c) {
      return is_letter(c) || is_digit(c) || std::string_view("-_+./*").find(c) != std::string_view::npos;
    };
    if (const auto odd = std::find_if_not(part.begin(), part.end(), allowed); odd != part.end()) {
      const std::string_view at = part.substr(static_cast<size_t>(odd - part.begin()), 1);
      return source_.fail(at, fmt::format("{} does not separate ports", quoted(at)), "separate them by commas: 80,443")
          .value();
    }
    const auto port = lookup_ && has_port(section_->protocol) ? lookup_(part, section_->protocol) : std::nullopt;
    if (!port || *port > section_->most) {
      return source_
          .fail(
              part,
              fmt::format("{} is neither a number nor a service known for {}", quoted(part), name(section_->protocol)),
              "write the number in decimal")
          .value();
    }
    add(*port, *port);
    return std::nullopt;
  }

  Source source_;
  const ServiceLookup& lookup_;
  const Section* section_;
  std::vector<ServiceRange> ranges_;
};

}  // namespace

Parsed<std::vector<ServiceRange>> parse_ports(std::string_view text, Protocol protocol, const ServiceLookup& lookup) {
  return PortParser(text, protocol, lookup).parse();
}

std::string to_string(std::span<const ServiceRange> ranges) {
  std::string text;
  const Section* section = nullptr;
  for (const ServiceRange& r : ranges) {
    const bool timestamp = r.protocol == Protocol::kIcmpTimestamp;
    const Section* own = section_of(timestamp ? Protocol::kIcmpEcho : r.protocol);
    if (!text.empty()) text += ',';
    if (own != section) fmt::format_to(std::back_inserter(text), "{}:", own->letter);
    fmt::format_to(std::back_inserter(text), "{}", timestamp ? 1 : r.first);
    if (r.last != r.first) fmt::format_to(std::back_inserter(text), "-{}", r.last);
    section = own;
  }
  return text;
}

}  // namespace portolan::addr
