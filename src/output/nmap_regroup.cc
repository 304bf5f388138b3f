// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>

#include "addr/grammar.h"
#include "output/nmap_xml.h"

namespace portolan::output {
namespace {

struct Line {
  addr::IpAddress address;
  uint64_t at = 0;
  uint32_t size = 0;  // without LF
};

// What stands between `before` and `after`; empty when it is not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t from = text.find(before);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + before.size());
  return text.substr(0, text.find(after));
}

// One host's elements, put together.
class Host {
 public:
  void add(std::string_view line) {
    const std::string start(between(line, "starttime=\"", "\"")), end(between(line, "endtime=\"", "\""));
    const bool earlier = start_.empty() || std::stoull(start) < std::stoull(start_);
    if (earlier) start_ = start;
    if (end_.empty() || std::stoull(end) > std::stoull(end_)) end_ = end;
    const std::string_view status = between(line, "<status ", "/>");
    if (status_.empty() || (!is_up(status_) && is_up(status))) status_ = status;
    const std::string_view addresses = between(line, "/><address ", "<hostnames>");
    if (addresses.size() > addresses_.size()) addresses_ = addresses;  // with the MAC address, if one has it
    for (std::string_view ports = between(line, "<ports>", "</ports>"); !ports.empty();) {
      const size_t size = ports.find("</port>");
      if (size == std::string_view::npos) break;
      add_port(ports.substr(0, size));
      ports.remove_prefix(size + std::string_view("</port>").size());
    }
  }

  std::string text() const {
    std::string out = "<host starttime=\"" + start_ + "\" endtime=\"" + end_ + "\"><status " + status_ + "/><address " +
                      addresses_ + "<hostnames></hostnames>";
    if (!ports_.empty()) out += "<ports>";
    for (const auto& [key, port] : ports_) out += port.opening + port.state + port.service + port.scripts + "</port>";
    if (!ports_.empty()) out += "</ports>";
    return out + "</host>\n";
  }

 private:
  struct Port {
    std::string opening, state, service, scripts;
  };

  static bool is_up(std::string_view status) { return status.starts_with("state=\"up\""); }
  static bool is_probed(std::string_view service) { return service.find("method=\"probed\"") != service.npos; }

  // The text holds no '<' or '>' inside of attributes, so elements end at the first "/>".
  void add_port(std::string_view text) {
    const std::string_view opening = text.substr(0, text.find('>') + 1);
    const std::pair key{std::string(between(opening, "protocol=\"", "\"")),
                        std::stoul(std::string(between(opening, "portid=\"", "\"")))};
    Port& port = ports_[key];
    port.opening = opening;
    for (text.remove_prefix(opening.size()); !text.empty();) {
      const size_t end = std::min(text.find("/>"), text.size() - 2) + 2;
      const std::string_view element = text.substr(0, end);
      if (element.starts_with("<state ") && port.state.empty()) port.state = element;
      // What spoke first names the service: a page's title or a certificate comes behind what brought it.
      const bool better = port.service.empty() || (is_probed(element) && !is_probed(port.service));
      if (element.starts_with("<service ") && better) port.service = element;
      if (element.starts_with("<script ") && port.scripts.find(element) == std::string::npos) port.scripts += element;
      text.remove_prefix(end);
    }
  }

  std::string start_, end_, status_, addresses_;
  std::map<std::pair<std::string, unsigned long>, Port> ports_;
};

struct Contents {
  std::deque<Line> hosts;  // what takes memory here; a vector would take up to three times as much while it grows
  std::string before, after;
};

std::optional<Contents> read_contents(std::ifstream& in) {
  Contents c;
  uint64_t at = 0;
  for (std::string line; std::getline(in, line); at += line.size() + 1) {
    if (!line.starts_with("<host ")) {
      (c.hosts.empty() ? c.before : c.after) += line + "\n";
      continue;
    }
    const auto address = addr::parse_address(between(line, "<address addr=\"", "\""));
    if (!address || line.size() > UINT32_MAX) return std::nullopt;
    c.hosts.push_back({*address, at, static_cast<uint32_t>(line.size())});
  }
  return c;
}

// By single reads where each line is: a stream would read a whole buffer for each. A host of one line is written as it
// is.
bool write_grouped(int from, const Contents& c, const std::string& to) {
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  out << c.before;
  std::string line;
  const auto read = [&](const Line& l) {
    line.resize(l.size);
    return ::pread(from, line.data(), line.size(), static_cast<off_t>(l.at)) == static_cast<ssize_t>(line.size());
  };
  for (auto next = c.hosts.begin(); next != c.hosts.end();) {
    const auto first = next;
    if (!read(*first)) return false;
    if (++next == c.hosts.end() || next->address != first->address) {
      out << line << '\n';
      continue;
    }
    Host host;
    host.add(line);
    for (; next != c.hosts.end() && next->address == first->address; ++next) {
      if (!read(*next)) return false;
      host.add(line);
    }
    out << host.text();
  }
  out << c.after;
  out.close();
  return !out.fail();
}

bool write_grouped(const std::string& from, const Contents& c, const std::string& to) {
  const int fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const bool whole = fd >= 0 && write_grouped(fd, c, to);
  if (fd >= 0) ::close(fd);
  return whole;
}

}  // namespace

void regroup_hosts(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  struct stat status {};
  if (!in || ::stat(path.c_str(), &status) != 0) return;
  auto contents = read_contents(in);
  if (!contents || contents->hosts.empty()) return;
  std::sort(contents->hosts.begin(), contents->hosts.end(),
            [](const Line& a, const Line& b) { return std::tie(a.address, a.at) < std::tie(b.address, b.at); });
  const std::string beside = path + ".regroup";
  const bool whole = write_grouped(path, *contents, beside) && ::chmod(beside.c_str(), status.st_mode & 07777) == 0;
  if (!whole || std::rename(beside.c_str(), path.c_str()) != 0) ::unlink(beside.c_str());
}

}  // namespace portolan::output
