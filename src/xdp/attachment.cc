// SPDX-License-Identifier: Apache-2.0
#include "xdp/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "xdp/refusal.h"

namespace portolan::xdp {
namespace {

std::string name_of(int interface_index) {
  char name[IF_NAMESIZE];
  if (if_indextoname(static_cast<unsigned>(interface_index), name) != nullptr) return name;
  return fmt::format("interface {}", interface_index);
}

// The program reads Ethernet headers: tun, ppp and their like have none.
bool has_ethernet(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;
  const bool known = ioctl(fd, SIOCGIFHWADDR, &request) == 0;
  close(fd);
  const auto type = request.ifr_hwaddr.sa_family;
  return !known || type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
}

struct Occupant {
  uint32_t id = 0;
  std::string name;
  std::string mode;  // as ip(8) spells it
};

std::string program_name(uint32_t id) {
  const int fd = bpf_prog_get_fd_by_id(id);
  if (fd < 0) return "";
  bpf_prog_info info{};
  uint32_t size = sizeof info;
  const bool known = bpf_obj_get_info_by_fd(fd, &info, &size) == 0;
  close(fd);
  return known ? info.name : "";
}

Occupant occupant_of(int interface_index) {
  bpf_xdp_query_opts found{};
  found.sz = sizeof found;
  if (bpf_xdp_query(interface_index, 0, &found) != 0) return {};
  const std::pair<uint32_t, const char*> places[] = {
      {found.drv_prog_id, "xdpdrv"}, {found.skb_prog_id, "xdpgeneric"}, {found.hw_prog_id, "xdpoffload"}};
  for (const auto& [id, mode] : places) {
    if (id != 0) return {id, program_name(id), mode};
  }
  return {};
}

std::string occupied(const std::string& interface, const Occupant& by) {
  const std::string what = fmt::format("{} has another XDP program: {} (id {}, {})", interface,
                                       by.name.empty() ? "one without a name" : by.name, by.id, by.mode);
  if (by.name == "xdp_dispatcher") {
    return fmt::format("{}, libxdp's, whose programs must go first: xdp-loader unload {} --all", what, interface);
  }
  return fmt::format("{}; end the process that holds it (bpftool link), or: ip link set dev {} {} off", what, interface,
                     by.mode);
}

}  // namespace

tl::expected<void, std::string> Attachment::attach(int program_fd, int interface_index, AttachMode mode) {
  const std::string interface = name_of(interface_index);
  if (!has_ethernet(interface)) {
    return tl::unexpected(fmt::format("{} has no Ethernet headers, which the kernel program reads", interface));
  }
  keep_last_words();
  const auto link = [&](uint32_t flags) {
    bpf_link_create_opts how{};
    how.sz = sizeof how, how.flags = flags;
    const int fd = bpf_link_create(program_fd, interface_index, BPF_XDP, &how);
    return fd < 0 ? -errno : fd;
  };
  const auto refused = [&](const char* what, int error) -> tl::unexpected<std::string> {
    const Occupant by = occupant_of(interface_index);
    if (by.id != 0) return tl::unexpected(occupied(interface, by));
    return failed(fmt::format("cannot attach the kernel program {} {}", what, interface), error);
  };
  generic_reason_ = mode == AttachMode::kGeneric ? "it was asked for" : "";
  if (mode != AttachMode::kGeneric) {
    link_ = link(XDP_FLAGS_DRV_MODE);
    if (link_ >= 0) return {};
    const int error = -std::exchange(link_, -1);
    if (mode == AttachMode::kDriver || error == EBUSY || error == EEXIST) return refused("in the driver of", error);
    generic_reason_ = fmt::format("the driver does not take it: {}", std::strerror(error));
  }
  link_ = link(XDP_FLAGS_SKB_MODE);
  if (link_ < 0) return refused("to", -std::exchange(link_, -1));
  return {};
}

void Attachment::detach() {
  if (link_ < 0) return;
  bpf_link_detach(link_);  // now: after the last close the kernel may take its time
  close(std::exchange(link_, -1));
  generic_reason_.clear();
}

}  // namespace portolan::xdp
