// SPDX-License-Identifier: Apache-2.0
#include "host/netlink_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace portolan::host {
namespace {

constexpr int kMostRestarts = 10;
constexpr size_t kAnswerBytes = 1 << 16;

struct Delivery {
  const NetlinkSocket::OnMessage* on_message;
  bool many;
};

int deliver(const nlmsghdr* message, void* data) {
  const auto* delivery = static_cast<const Delivery*>(data);
  (*delivery->on_message)(*message);
  return delivery->many ? MNL_CB_OK : MNL_CB_STOP;
}

}  // namespace

tl::expected<NetlinkSocket, std::string> NetlinkSocket::open(int bus) {
  mnl_socket* socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
  if (socket == nullptr || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) != 0) {
    const int reason = errno;
    if (socket != nullptr) mnl_socket_close(socket);
    return tl::make_unexpected(fmt::format("cannot ask the kernel by netlink: {}", std::strerror(reason)));
  }
  return NetlinkSocket(socket);
}

NetlinkSocket::NetlinkSocket(mnl_socket* socket) : socket_(socket), answer_(kAnswerBytes) {}

NetlinkSocket::~NetlinkSocket() {
  if (socket_ != nullptr) mnl_socket_close(socket_);
}

int NetlinkSocket::exchange(nlmsghdr* request, const OnMessage& on_message, bool many) {
  request->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_, request, request->nlmsg_len) < 0) return errno;
  Delivery delivery{.on_message = &on_message, .many = many};
  for (;;) {
    const ssize_t bytes = mnl_socket_recvfrom(socket_, answer_.data(), answer_.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return errno;
    const int state = mnl_cb_run(answer_.data(), static_cast<size_t>(bytes), sequence_, mnl_socket_get_portid(socket_),
                                 deliver, &delivery);
    if (state == MNL_CB_ERROR) return errno;
    if (state == MNL_CB_STOP) return 0;
  }
}

int NetlinkSocket::ask(nlmsghdr* request, const OnMessage& on_message) {
  request->nlmsg_flags = NLM_F_REQUEST;
  return exchange(request, on_message, false);
}

int NetlinkSocket::dump(nlmsghdr* request, const OnMessage& on_message, const std::function<void()>& on_restart) {
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  int reason = 0;
  for (int i = 0; i < kMostRestarts; ++i) {
    on_restart();
    reason = exchange(request, on_message, true);
    if (reason != EINTR) break;
  }
  return reason;
}

int NetlinkSocket::send_batch(const void* bytes, size_t size, uint32_t last_sequence) {
  // Every message of the batch is answered before we read any of it. Whoever may send batches may have the room.
  constexpr size_t kUsualRoom = 1 << 14;
  if (const int room = 1 << 22; size > kUsualRoom) {
    setsockopt(mnl_socket_get_fd(socket_), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(mnl_socket_get_fd(socket_), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  }
  if (mnl_socket_sendto(socket_, bytes, size) < 0) return errno;
  for (;;) {
    const ssize_t received = mnl_socket_recvfrom(socket_, answer_.data(), answer_.size());
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return errno;
    int left = static_cast<int>(received);
    for (auto* m = reinterpret_cast<nlmsghdr*>(answer_.data()); mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
      if (m->nlmsg_type != NLMSG_ERROR) continue;
      const int error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(m))->error;
      if (error != 0 || m->nlmsg_seq == last_sequence) return -error;
    }
  }
}

Attributes::Attributes(const nlmsghdr& message, size_t header_bytes) {
  // libmnl's own loop is a macro that is not C++.
  const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
  const auto* a = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, header_bytes));
  while (mnl_attr_ok(a, static_cast<int>(end - reinterpret_cast<const char*>(a)))) {
    if (const uint16_t type = mnl_attr_get_type(a); type < kMostTypes) found_[type] = a;
    a = mnl_attr_next(a);
  }
}

uint32_t Attributes::u32(uint16_t type, uint32_t otherwise) const {
  const nlattr* a = (*this)[type];
  return a != nullptr && mnl_attr_get_payload_len(a) >= sizeof(uint32_t) ? mnl_attr_get_u32(a) : otherwise;
}

std::string_view Attributes::text(uint16_t type) const {
  const nlattr* a = (*this)[type];
  if (a == nullptr) return {};
  const char* start = mnl_attr_get_str(a);
  return {start, strnlen(start, mnl_attr_get_payload_len(a))};
}

std::optional<addr::IpAddress> Attributes::address(uint16_t type, int family) const {
  const nlattr* a = (*this)[type];
  if (a == nullptr) return std::nullopt;
  return address_from(family, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
}

std::optional<addr::IpAddress> address_from(int family, const void* bytes, size_t size) {
  const auto* p = static_cast<const uint8_t*>(bytes);
  if (family == AF_INET && size >= 4) return addr::IpAddress::from_v4_bytes(p);
  if (family == AF_INET6 && size >= 16) return addr::IpAddress::from_v6_bytes(p);
  return std::nullopt;
}

}  // namespace portolan::host
