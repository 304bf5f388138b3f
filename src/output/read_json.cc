// SPDX-License-Identifier: Apache-2.0
#include "output/read_json.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "output/put.h"

namespace portolan::output {
namespace {

constexpr int kDeepest = 32;
constexpr std::string_view kOldEnd = "{finished: 1}";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

using Member = std::pair<std::string_view, std::string_view Said::*>;

constexpr std::array kTop = {
    Member{"ip", &Said::ip},          Member{"port", &Said::port},
    Member{"proto", &Said::protocol}, Member{"timestamp", &Said::seconds},
    Member{"status", &Said::status},  Member{"reason", &Said::reason},
    Member{"ttl", &Said::ttl},
};

constexpr std::array kData = {
    Member{"status", &Said::status},
    Member{"reason", &Said::reason},
    Member{"ttl", &Said::ttl},
    Member{"time", &Said::time},
    Member{"proof", &Said::proof},
    Member{"rtt_us", &Said::rtt_us},
    Member{"window", &Said::window},
    Member{"mss", &Said::mss},
    Member{"window_scale", &Said::window_scale},
    Member{"from", &Said::from},
    Member{"mac", &Said::mac},
    Member{"icmp_type", &Said::icmp_type},
    Member{"icmp_code", &Said::icmp_code},
    Member{"service_name", &Said::service},
    Member{"banner", &Said::banner},
};

constexpr std::array kInPorts = {
    Member{"port", &Said::port},     Member{"proto", &Said::protocol}, Member{"status", &Said::status},
    Member{"reason", &Said::reason}, Member{"ttl", &Said::ttl},        Member{"mac", &Said::mac},
};

constexpr std::array kService = {Member{"name", &Said::service}, Member{"banner", &Said::banner}};

// Which members count where.
enum class Place : uint8_t { kOutermost, kInData, kOfPort, kOfService, kElsewhere };

std::string_view Said::*known(Place place, std::string_view name) {
  const auto in = [&](const auto& members) -> std::string_view Said::* {
    for (const auto& [word, member] : members) {
      if (word == name) return member;
    }
    return nullptr;
  };
  if (place == Place::kOutermost) return in(kTop);
  if (place == Place::kInData) return in(kData);
  if (place == Place::kOfPort) return in(kInPorts);
  return place == Place::kOfService ? in(kService) : nullptr;
}

// One object at the front of a text.
class Object {
 public:
  explicit Object(std::string_view text) : text_(text) {}

  bool read() { return object(said_, Place::kOutermost, 0); }
  bool ran_out() const { return at_ >= text_.size(); }
  size_t size() const { return at_; }

  const Said& said() const { return said_; }
  std::string_view kind() const { return kind_; }
  const std::vector<Said>& ports() const { return ports_; }

 private:
  char peek() {
    size_t at = at_;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    at_ = at;
    return at < text_.size() ? text_[at] : '\0';
  }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  // What stands between quotes, with its escapes.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    const char* p = begin;
    // By hand: find_first_of() calls a function for each character, which was half of the time.
    while (p < end && *p != '"') p += *p == '\\' && p + 1 < end ? 2 : 1;
    at_ = static_cast<size_t>(p - text_.data());
    if (p == end) return false;
    out = {begin, p};
    ++at_;
    return true;
  }

  // A number, true, false or null.
  bool word(std::string_view& out) {
    peek();
    const size_t begin = at_;
    size_t at = at_;
    const auto plain = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
    };
    while (at < text_.size() && plain(text_[at])) ++at;
    at_ = at;
    out = text_.substr(begin, at_ - begin);
    return !out.empty() && at_ < text_.size();
  }

  bool object(Said& said, Place place, int depth) {
    if (depth > kDeepest || !take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!string(name) || !take(':') || !member(name, said, place, depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool member(std::string_view name, Said& said, Place place, int depth) {
    const char c = peek();
    if (c == '"') {
      std::string_view text;
      if (!string(text)) return false;
      keep(name, text, said, place);
      return true;
    }
    if (c == '{') return object(said, place_in(name, place, said), depth + 1);
    if (c == '[') return array(name, said, place, depth);
    std::string_view value;
    if (!word(value)) return false;
    keep(name, value, said, place);
    return true;
  }

  void keep(std::string_view name, std::string_view text, Said& said, Place place) {
    if (place == Place::kOutermost && name == "rec_type") kind_ = text;
    const auto wanted = known(place, name);
    if (wanted == nullptr) return;
    said.*wanted = text;
    if (wanted == &Said::banner) said.is_banner = true;
  }

  static Place place_in(std::string_view name, Place place, Said& said) {
    if (place == Place::kOutermost && name == "data") return Place::kInData;
    if (place != Place::kOfPort || name != "service") return Place::kElsewhere;
    said.is_banner = true;
    return Place::kOfService;
  }

  bool array(std::string_view name, Said& said, Place place, int depth) {
    if (depth > kDeepest || !take('[')) return false;
    const size_t begin = at_;
    if (take(']')) return true;
    const bool of_ports = place == Place::kOutermost && name == "ports";
    do {
      if (of_ports && peek() == '{') {
        Said port;
        if (!object(port, Place::kOfPort, depth + 1)) return false;
        ports_.push_back(port);
      } else if (!member({}, said, Place::kElsewhere, depth + 1)) {
        return false;
      }
    } while (take(','));
    if (place == Place::kInData && name == "tcp_options") said.tcp_options = text_.substr(begin, at_ - begin);
    return take(']');
  }

  std::string_view text_;
  size_t at_ = 0;
  Said said_;
  std::string_view kind_;
  std::vector<Said> ports_;
};

std::string_view give(RecordMaker& maker, Said said, std::string& text, result::Sink& into) {
  if (said.is_banner) {
    text.clear();
    append_json_decoded(text, said.banner);
    said.banner = text;
  }
  return maker.tell(said, into);
}

// What stands in `object` as records. Empty: all were told.
std::string_view tell(const Object& object, RecordMaker& maker, std::string& text, result::Sink& into) {
  Said said = object.said();
  if (!object.kind().empty() && object.kind() != "status" && object.kind() != "banner") return {};
  for (const Said& port : object.ports()) {
    Said one = port;
    one.ip = said.ip, one.seconds = said.seconds;
    const std::string_view wrong = give(maker, one, text, into);
    if (!wrong.empty()) return wrong;
  }
  if (!object.ports().empty() || said.ip.empty()) return {};
  if (said.status.empty() && !said.is_banner) return object.kind() == "status" ? "there is no state in it" : "";
  return give(maker, said, text, into);
}

// The four digits behind \u; -1: there are none.
int code_unit(std::string_view text) {
  if (text.size() < 4) return -1;
  int value = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

void append_code_point(std::string& out, uint32_t c) {
  if (c < 0x100) {
    out.push_back(static_cast<char>(c));
  } else {
    put_utf8(out, c);
  }
}

// `text` begins behind the backslash. How many bytes of it the escape has.
size_t append_escape(std::string& out, std::string_view text) {
  const char c = text[0];
  if (c != 'u') {
    constexpr std::string_view kLetters = "bfnrt", kMeanings = "\b\f\n\r\t";
    const size_t at = kLetters.find(c);
    out.push_back(at == kLetters.npos ? c : kMeanings[at]);
    return 1;
  }
  const int unit = code_unit(text.substr(1));
  if (unit < 0) {
    out.push_back('u');
    return 1;
  }
  const bool high = unit >= 0xd800 && unit < 0xdc00 && text.substr(5, 2) == "\\u";
  const int low = high ? code_unit(text.substr(7)) : -1;
  if (low >= 0xdc00 && low < 0xe000) {
    append_code_point(out, static_cast<uint32_t>(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
    return 11;
  }
  append_code_point(out, static_cast<uint32_t>(unit));
  return 5;
}

}  // namespace

void append_json_decoded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(std::min(plain + 1, text.size()));
    if (!text.empty()) text.remove_prefix(append_escape(out, text));
  }
}

size_t JsonReader::read(std::string_view bytes, bool last, result::Sink& into) {
  size_t at = 0;
  for (;;) {
    while (at < bytes.size() && (is_blank(bytes[at]) || bytes[at] == ',' || bytes[at] == '[' || bytes[at] == ']')) ++at;
    if (at == bytes.size()) return at;
    const std::string_view rest = bytes.substr(at);
    if (rest.starts_with(kOldEnd)) {
      at += kOldEnd.size();
      continue;
    }
    Object object(rest);
    std::string_view wrong;
    if (rest[0] != '{') {
      wrong = "there is something else than JSON objects";
    } else if (object.read()) {
      wrong = tell(object, maker_, text_, into);
    } else if (object.ran_out() || (!last && rest.size() < kOldEnd.size())) {
      torn_ = last;
      return at;
    } else {
      wrong = "this is not JSON";
    }
    if (!wrong.empty()) {
      damage_ = wrong;
      return at;
    }
    at += object.size();
  }
}

}  // namespace portolan::output
