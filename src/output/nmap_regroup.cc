// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>

#include "addr/grammar.h"
#include "base/errno_text.h"
#include "output/external_sort.h"
#include "output/file.h"
#include "output/folder.h"
#include "output/free_name.h"
#include "output/nmap_xml.h"

namespace portolan::output {
namespace {

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

ExternalSort::Key key_of(const addr::IpAddress& address) { return {address.hi(), address.lo()}; }

// Passes on one element for each host, of its records in order. A host of one record is passed on as it is.
class Grouper {
 public:
  explicit Grouper(File& out) : out_(&out) {}

  void take(const ExternalSort::Key& key, std::string_view line) {
    if (held_.empty() || key != key_) {
      flush();
      key_ = key;
      held_.assign(line);
      return;
    }
    if (!host_) host_.emplace().add(held_);
    host_->add(line);
  }
  void flush() {
    if (held_.empty()) return;
    out_->append(host_ ? host_->text() : held_);
    host_.reset();
    held_.clear();
  }

 private:
  File* out_;
  ExternalSort::Key key_;
  std::string held_;          // the first record's line, with LF; empty: none
  std::optional<Host> host_;  // when there are more
};

struct Contents {
  ExternalSort hosts;
  std::string before, after;
};

tl::expected<Contents, std::string> read_contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return tl::unexpected(std::string("cannot be read again"));
  Contents c{ExternalSort(folder_of(path)), {}, {}};
  bool hosts = false;
  for (std::string line; std::getline(in, line);) {
    line += '\n';
    if (!line.starts_with("<host ")) {
      (hosts ? c.after : c.before) += line;
      continue;
    }
    hosts = true;
    const auto address = addr::parse_address(between(line, "<address addr=\"", "\""));
    if (!address || line.size() > UINT32_MAX) return tl::unexpected(std::string("holds a host without an address"));
    c.hosts.add(key_of(*address), line);
  }
  return c;
}

tl::expected<void, std::string> write_grouped(Contents& c, const std::string& to, mode_t mode) {
  auto out = File::open(to, File::Mode::kTruncate);
  if (!out) return tl::unexpected(out.error());
  if (::chmod(to.c_str(), mode) != 0) return tl::unexpected(base::errno_text(to));
  out->append(c.before);
  Grouper grouper(*out);
  const auto done =
      c.hosts.drain([&](const ExternalSort::Key& key, std::string_view line) { grouper.take(key, line); });
  if (!done) return done;
  grouper.flush();
  out->append(c.after);
  // On the disk before it takes the other's place.
  if (!out->sync() || !out->close()) return tl::unexpected(out->error());
  return {};
}

}  // namespace

tl::expected<void, std::string> regroup_hosts(const std::string& path) {
  const auto failed = [](const std::string& why) { return tl::unexpected("its hosts are not grouped: " + why); };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed(base::errno_text("its state"));
  auto contents = read_contents(path);
  if (!contents) return failed(contents.error());
  const auto made = make_new_file(path, ".part");
  if (!made) return failed(base::errno_text(path + ".part"));
  const std::string& beside = made->name;
  auto done = write_grouped(*contents, beside, status.st_mode & 07777);
  if (done && std::rename(beside.c_str(), path.c_str()) != 0) done = tl::unexpected(base::errno_text(beside));
  if (done) return {};
  ::unlink(beside.c_str());
  return failed(done.error());
}

}  // namespace portolan::output
