// SPDX-License-Identifier: Apache-2.0
#include "output/read_xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "output/put.h"

namespace portolan::output {
namespace {

constexpr std::string_view kEndOfHost = "</host>";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Which characters end a name: a look into a table for each is half of what comparing costs.
constexpr std::array<bool, 256> kEndsName = [] {
  std::array<bool, 256> ends{};
  for (const char c : {' ', '\n', '\t', '\r', '=', '>', '"', '\''}) ends[static_cast<uint8_t>(c)] = true;
  return ends;
}();

const char* end_of_name(const char* p, const char* end) {
  while (p < end && !kEndsName[static_cast<uint8_t>(*p)]) ++p;
  return p;
}

// <name attributes>, </name>, <name/>, read in one walk: an angle bracket in quotes ends nothing.
class Tag {
 public:
  // REQUIRES: text begins with '<'.
  explicit Tag(std::string_view text) {
    const char* p = text.data() + 1;
    const char* const end = text.data() + text.size();
    closing = p < end && *p == '/';
    if (closing) ++p;
    const char* const from = p;
    p = end_of_name(p, end);
    name = {from, p};
    if (name.ends_with('/')) name.remove_suffix(1);
    while (p < end && *p != '>') p = attribute(p, end);
    size = p < end ? static_cast<size_t>(p - text.data()) + 1 : 0;
  }

  // Of an attribute, as it stands; empty: it is not there.
  std::string_view operator()(std::string_view wanted) const {
    for (size_t i = 0; i < count_; ++i) {
      if (found_[i].first == wanted) return found_[i].second;
    }
    return {};
  }

  std::string_view name;
  bool closing = false;
  size_t size = 0;  // 0: it has no end here

 private:
  static bool is_quote(char c) { return c == '"' || c == '\''; }
  static const char* skip_blanks(const char* p, const char* end) {
    while (p < end && is_blank(*p)) ++p;
    return p;
  }

  // name="value", or whatever stands there, up to a '>' outside quotes. Where it ends.
  const char* attribute(const char* p, const char* end) {
    p = skip_blanks(p, end);
    const char* const word = p;
    p = end_of_name(p, end);
    const char* const word_end = p;
    p = skip_blanks(p, end);
    if (p < end && *p == '=') p = skip_blanks(p + 1, end);
    if (p == end || !is_quote(*p)) return p;
    const char* const value = p + 1;
    p = static_cast<const char*>(std::memchr(value, *p, static_cast<size_t>(end - value)));
    if (p == nullptr) return end;
    if (count_ < found_.size()) found_[count_++] = {{word, word_end}, {value, p}};
    return p + 1;
  }

  std::array<std::pair<std::string_view, std::string_view>, 8> found_;  // the first ones
  size_t count_ = 0;
};

// The size of what is passed over: comments, instructions, document types. 0: its end is not here; npos: it is none.
size_t size_of_markup(std::string_view text) {
  const auto through = [&](std::string_view end) {
    const size_t at = text.find(end);
    return at == text.npos ? size_t{0} : at + end.size();
  };
  if (text.starts_with("<!--")) return through("-->");
  if (text.starts_with("<?")) return through("?>");
  if (!text.starts_with("<!")) return text.npos;
  const size_t end = through(">");
  return end != 0 && text.substr(0, end).find('[') != text.npos ? through("]>") : end;
}

// A banner of masscan is an element of its own, which its attribute tells (the reason does not: masscan 1.3 writes
// syn-ack for some); nmap tells a service together with the port's state, and ours in nmap's dialect by this reason.
constexpr std::string_view kBannerReason = "response";

struct Found {
  std::string_view reason;
  std::string_view protocol;
};
constexpr std::array kHostReasons = {Found{"arp-response", "arp"}, Found{"nd-response", "ndp"},
                                     Found{"echo-reply", "icmp"}, Found{"timestamp-reply", "icmp-timestamp"}};

// "amp", "#60", "#x3c", without '&' and ';'.
bool append_entity(std::string& out, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [word, c] : kNamed) {
    if (word != name) continue;
    out.push_back(c);
    return true;
  }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x');
  if (hex) name.remove_prefix(1);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != name.data() + name.size() || code > 0x10ffff) return false;
  put_utf8(out, code);
  return true;
}

}  // namespace

void append_xml_decoded(std::string& out, std::string_view value) {
  std::string plain;
  while (!value.empty()) {
    const size_t at = std::min(value.find('&'), value.size());
    plain += value.substr(0, at);
    value.remove_prefix(at);
    if (value.empty()) break;
    const size_t end = value.substr(0, 12).find(';');
    const bool known = end != value.npos && append_entity(plain, value.substr(1, end - 1));
    if (!known) plain.push_back('&');
    value.remove_prefix(known ? end + 1 : 1);
  }
  append_unescaped(out, plain);
}

size_t XmlReader::read(std::string_view bytes, bool last, result::Sink& into) {
  size_t at = 0;
  for (;;) {
    at = std::min(bytes.find('<', at), bytes.size());
    const std::string_view rest = bytes.substr(at);
    if (rest.empty()) break;
    const bool is_host = rest.starts_with("<host ") || rest.starts_with("<host>");
    if (!is_host) {
      const size_t size = before_host(rest, last);
      if (size == 0) break;
      at += size;
      continue;
    }
    const size_t end = rest.find(kEndOfHost);
    if (end == rest.npos) break;
    const std::string_view wrong = host(rest.substr(0, end), into);
    if (!wrong.empty()) {
      damage_ = wrong;
      return at;
    }
    at += end + kEndOfHost.size();
  }
  torn_ = last && (at < bytes.size() || (opened_ && !closed_));
  return at;
}

// What stands between hosts. How many bytes; 0: its end is not here.
size_t XmlReader::before_host(std::string_view rest, bool last) {
  if (!last && rest.size() < 6) return 0;  // may become "<host "
  const size_t markup = size_of_markup(rest);
  if (markup != rest.npos) return markup;
  const Tag tag(rest);
  if (tag.name == "nmaprun") {
    (tag.closing ? closed_ : opened_) = true;
    if (!tag.closing) closed_ = false;  // masscan appends a second document
    if (!tag.closing && !started_) started_ = read_time(tag("start"));
  }
  return tag.size;
}

std::string_view XmlReader::host(std::string_view element, result::Sink& into) {
  Host host;
  bool has_ports = false;
  for (size_t at = element.find('<'); at != element.npos; at = element.find('<', at)) {
    const std::string_view rest = element.substr(at);
    size_t size = size_of_markup(rest);
    if (size == rest.npos) {
      const Tag tag(rest);
      size = tag.size;
      if (!tag.closing) {
        opening(host, tag.name, tag);
      } else if (tag.name == "port" && host.in_port) {
        host.in_port = false;
        has_ports = true;
        const std::string_view wrong = port(host, into);
        if (!wrong.empty()) return wrong;
      }
    }
    if (size == 0) return "a tag of this host has no end";
    at += size;
  }
  return has_ports ? std::string_view{} : host_is_up(host, into);
}

template <class Get>
void XmlReader::opening(Host& host, std::string_view tag, const Get& get) {
  Said& said = host.port;
  if (tag == "host") {
    host.seconds = get("endtime");
  } else if (tag == "address") {
    (get("addrtype") == "mac" ? host.mac : host.ip) = get("addr");
  } else if (tag == "status") {
    host.status_reason = get("reason"), host.ttl = get("reason_ttl");
  } else if (tag == "port") {
    said = Said();
    said.port = get("portid"), said.protocol = get("protocol");
    host.script = {};
    host.in_port = true;
  } else if (!host.in_port) {
    return;
  } else if (tag == "state") {
    said.status = get("state"), said.reason = get("reason"), said.ttl = get("reason_ttl");
  } else if (tag == "service") {
    said.service = get("name"), said.banner = get("banner");
  } else if (tag == "script" && get("id") == "banner") {
    host.script = get("output");
  }
}

std::string_view XmlReader::port(const Host& host, result::Sink& into) {
  Said said = host.port;
  said.ip = host.ip;
  said.seconds = host.seconds;
  said.mac = said.protocol == "arp" || said.protocol == "ndp" ? host.mac : std::string_view{};
  const bool only_banner = said.banner.data() != nullptr || (said.reason == kBannerReason && !said.service.empty());
  const std::string_view banner = said.banner.empty() ? host.script : said.banner;
  if (!only_banner) {
    const std::string_view wrong = maker_.tell(said, into);
    if (!wrong.empty() || banner.empty()) return wrong;
  }
  text_.clear();
  append_xml_decoded(text_, banner);
  said.banner = text_;
  said.is_banner = true;
  return maker_.tell(said, into);
}

std::string_view XmlReader::host_is_up(const Host& host, result::Sink& into) {
  for (const Found& found : kHostReasons) {
    if (found.reason != host.status_reason) continue;
    Said said;
    said.ip = host.ip, said.protocol = found.protocol, said.status = "up";
    said.reason = found.reason, said.ttl = host.ttl;
    said.seconds = host.seconds;
    if (found.protocol == "arp" || found.protocol == "ndp") said.mac = host.mac;
    return maker_.tell(said, into);
  }
  ++maker_.counts.left_out;
  return {};
}

}  // namespace portolan::output
