// SPDX-License-Identifier: Apache-2.0
// plain_loop INTERFACE: what bench/respond measures against. It makes the system calls that masscanned makes for each
// packet, and no others: pselect, recvfrom one frame, build the SYN-ACK, pselect, sendto; one socket, promiscuous, not
// blocking, with the socket buffers that the system gives. Written for the measurement from what `strace` shows.
//
// In its favour: it logs nothing, checks no checksum, copies its answer from a template, allocates nothing, and does
// not see its own frames (PACKET_IGNORE_OUTGOING). Writes "ready" when it listens; ends on SIGTERM.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/siphash_step.h"
#include "checksum.h"

namespace {

using portolan::base::SipState;
using portolan::bench::pseudo_sum;
using portolan::bench::store_checksum;
using portolan::bench::sum_of;

volatile std::sig_atomic_t g_ending = 0;

constexpr size_t kAnswer = 54;

struct Frame {
  std::array<uint8_t, 4096> bytes;
};

uint64_t load64(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

uint32_t cookie_of(const uint8_t* packet) {
  SipState s{};
  portolan::base::sip_begin(&s, 0, 0);
  portolan::base::sip_absorb(&s, load64(packet + 26));  // both addresses
  uint32_t ports;
  std::memcpy(&ports, packet + 34, sizeof ports);
  return static_cast<uint32_t>(portolan::base::sip_finish(&s, ports, 12));
}

bool is_syn(const uint8_t* p, size_t size, const uint8_t* mac) {
  return size >= kAnswer && std::memcmp(p, mac, 6) == 0 && p[12] == 8 && p[13] == 0 && p[14] == 0x45 && p[23] == 6 &&
         (p[47] & 0x17) == 0x02;
}

void build_answer(const uint8_t* syn, const uint8_t* mac, uint8_t* out) {
  static constexpr std::array<uint8_t, 20> kIp = {0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6};
  std::memcpy(out, syn + 6, 6);
  std::memcpy(out + 6, mac, 6);
  out[12] = 8, out[13] = 0;
  std::memcpy(out + 14, kIp.data(), kIp.size());
  std::memcpy(out + 26, syn + 30, 4);
  std::memcpy(out + 30, syn + 26, 4);
  store_checksum(out + 24, sum_of(out + 14, 20));
  std::memcpy(out + 34, syn + 36, 2);
  std::memcpy(out + 36, syn + 34, 2);
  const uint32_t sequence = htonl(cookie_of(syn));
  std::memcpy(out + 38, &sequence, 4);
  uint32_t theirs;
  std::memcpy(&theirs, syn + 38, 4);
  theirs = htonl(ntohl(theirs) + 1);
  std::memcpy(out + 42, &theirs, 4);
  static constexpr std::array<uint8_t, 8> kRest = {0x50, 0x12, 0xff, 0xff, 0, 0, 0, 0};
  std::memcpy(out + 46, kRest.data(), kRest.size());
  store_checksum(out + 50, pseudo_sum(out + 26, 6, 20) + sum_of(out + 34, 20));
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(EXIT_FAILURE);
}

int open_socket(const char* interface, uint8_t* mac) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (fd < 0) fail("socket");
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFHWADDR, &request) != 0) fail(interface);
  std::memcpy(mac, request.ifr_hwaddr.sa_data, 6);
  const int index = static_cast<int>(if_nametoindex(interface));
  const int on = 1;
  packet_mreq all{};
  all.mr_ifindex = index;
  all.mr_type = PACKET_MR_PROMISC;
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  here.sll_ifindex = index;
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    fail("listen");
  }
  return fd;
}

// 100 ms, so that the end is noticed.
bool wait_for(int fd, bool to_send) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  const timespec limit{0, 100'000'000};
  return pselect(fd + 1, to_send ? nullptr : &set, to_send ? &set : nullptr, nullptr, &limit, nullptr) == 1;
}

void answer_all(int fd, const uint8_t* mac) {
  static Frame in;
  static std::array<uint8_t, kAnswer> out;
  while (g_ending == 0) {
    if (!wait_for(fd, false)) continue;
    const ssize_t size = recvfrom(fd, in.bytes.data(), in.bytes.size(), 0, nullptr, nullptr);
    if (size < 0 || !is_syn(in.bytes.data(), static_cast<size_t>(size), mac)) continue;
    build_answer(in.bytes.data(), mac, out.data());
    if (wait_for(fd, true)) sendto(fd, out.data(), out.size(), 0, nullptr, 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("plain_loop INTERFACE\n", stderr);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction action {};
  action.sa_handler = [](int) { g_ending = 1; };
  sigaction(SIGTERM, &action, nullptr);
  std::array<uint8_t, 6> mac;
  const int fd = open_socket(argv[1], mac.data());
  std::puts("ready");
  std::fflush(stdout);
  answer_all(fd, mac.data());
  return EXIT_SUCCESS;
}
