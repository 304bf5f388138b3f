// SPDX-License-Identifier: Apache-2.0
// garbage_flood: SYNs from random sources, and among them frames that a fuzzer's corpus was mutated into.
//
//   garbage_flood INTERFACE MAC TARGETS CORPUS [--count N] [--rate R] [--garbage-every K] [--seed S]
//
// Sends N SYNs (and N / K frames of garbage between them) to MAC, to the addresses of the file TARGETS, by sendmmsg
// past the queues of the interface; R frames a second, 0: as fast as it can. CORPUS is the folder fuzz/corpus, of which
// the folders wire_* are taken. Prints what it sent as JSON. Sources are never in 10.0.0.0/8, where the others live.
// Not for the machine's own interfaces: bench/respond runs it in a network namespace of its own.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "checksum.h"

namespace portolan::bench {
namespace {

using Bytes = std::vector<uint8_t>;
using Clock = std::chrono::steady_clock;

constexpr size_t kBurst = 64;
constexpr size_t kMost = 1514;

struct Options {
  std::string interface, targets, corpus;
  std::array<uint8_t, 6> mac{};
  uint64_t count = 1'000'000, rate = 0, garbage_every = 8, seed = 1;
};

Options parse(std::span<char*> words) {
  if (words.size() < 4) throw std::runtime_error("garbage_flood INTERFACE MAC TARGETS CORPUS [options]");
  Options o{.interface = words[0], .targets = words[2], .corpus = words[3]};
  std::array<unsigned, 6> b{};
  if (std::sscanf(words[1], "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    throw std::runtime_error(std::string(words[1]) + " is no MAC address");
  }
  for (size_t i = 0; i < 6; ++i) o.mac[i] = static_cast<uint8_t>(b[i]);
  for (size_t i = 4; i + 1 < words.size(); i += 2) {
    const std::string word = words[i];
    uint64_t* const number = word == "--count"           ? &o.count
                             : word == "--rate"          ? &o.rate
                             : word == "--garbage-every" ? &o.garbage_every
                             : word == "--seed"          ? &o.seed
                                                         : nullptr;
    if (number == nullptr) throw std::runtime_error("unknown option " + word);
    *number = std::stoull(words[i + 1]);
  }
  return o;
}

std::vector<std::array<uint8_t, 4>> read_targets(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::array<uint8_t, 4>> targets;
  for (std::string line; std::getline(file, line);) {
    if (inet_pton(AF_INET, line.c_str(), targets.emplace_back().data()) != 1) throw std::runtime_error(path);
  }
  if (targets.empty()) throw std::runtime_error(path + ": no address");
  return targets;
}

Bytes ethernet(uint16_t type, const Bytes& packet) {
  Bytes frame(14);
  frame[12] = static_cast<uint8_t>(type >> 8), frame[13] = static_cast<uint8_t>(type);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

Bytes in_ipv4(uint8_t protocol, const Bytes& body) {
  const size_t size = 20 + body.size();
  const auto high = static_cast<uint8_t>(size >> 8), low = static_cast<uint8_t>(size);
  Bytes packet = {0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 198, 51, 100, 7, 192, 0, 2, 1};
  packet.insert(packet.end(), body.begin(), body.end());
  return packet;
}

Bytes in_ipv6(uint8_t next, const Bytes& body) {
  Bytes packet(40);
  packet[0] = 0x60, packet[5] = static_cast<uint8_t>(body.size()), packet[6] = next, packet[7] = 255;
  packet[8] = packet[24] = 0x20, packet[9] = packet[25] = 0x01, packet[23] = 1, packet[39] = 2;
  packet.insert(packet.end(), body.begin(), body.end());
  return packet;
}

// The parsers' corpora hold frames, packets and what is inside: all are made frames.
Bytes framed(const std::string& folder, Bytes bytes) {
  if (folder == "wire_frame" && !bytes.empty()) return {bytes.begin() + 1, bytes.end()};  // the first says which link
  if (folder == "wire_arp") return ethernet(ETH_P_ARP, bytes);
  if (folder == "wire_ipv4") return ethernet(ETH_P_IP, bytes);
  if (folder == "wire_ipv6") return ethernet(ETH_P_IPV6, bytes);
  if (folder == "wire_tcp") return ethernet(ETH_P_IP, in_ipv4(6, bytes));
  if (folder == "wire_udp") return ethernet(ETH_P_IP, in_ipv4(17, bytes));
  if (folder == "wire_sctp") return ethernet(ETH_P_IP, in_ipv4(132, bytes));
  if (folder == "wire_icmp") return ethernet(ETH_P_IP, in_ipv4(1, bytes));
  if (folder == "wire_ndp") return ethernet(ETH_P_IPV6, in_ipv6(58, bytes));
  return bytes;
}

std::vector<Bytes> read_corpus(const std::string& path) {
  std::vector<Bytes> frames;
  for (const auto& folder : std::filesystem::directory_iterator(path)) {
    const std::string name = folder.path().filename();
    if (!name.starts_with("wire_")) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      frames.push_back(framed(name, Bytes(std::istreambuf_iterator<char>(file), {})));
    }
  }
  if (frames.empty()) throw std::runtime_error(path + ": no folder wire_*");
  std::ranges::sort(frames);  // the order of a folder is not the same everywhere
  return frames;
}

void repair_ipv4(uint8_t* p, size_t size) {
  if (size < 34 || p[12] != 8 || p[13] != 0 || p[14] != 0x45) return;
  const size_t total = size_t{p[16]} << 8 | p[17];
  if (total < 20 || total > size - 14) return;
  std::memset(p + 24, 0, 2);
  store_checksum(p + 24, sum_of(p + 14, 20));
  const size_t length = total - 20;
  const size_t place = p[23] == 6 ? 16 : p[23] == 17 ? 6 : p[23] == 1 ? 2 : length;
  if (place + 2 > length) return;
  uint8_t* const where = p + 34 + place;
  std::memset(where, 0, 2);
  store_checksum(where, sum_of(p + 34, length) + (p[23] == 1 ? 0 : pseudo_sum(p + 26, p[23], length)));
}

class Maker {
 public:
  explicit Maker(const Options& o)
      : mac_(o.mac), random_(o.seed), targets_(read_targets(o.targets)), corpus_(read_corpus(o.corpus)) {}

  size_t syn(uint8_t* p) {
    static constexpr std::array<uint8_t, 10> kIp = {0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6};
    static constexpr std::array<uint8_t, 24> kTcp = {0,    0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0,
                                                     0x60, 2, 0xfa, 0xf0, 0, 0, 0, 0, 2, 4, 5, 0xb4};
    std::memset(p, 0, 60);
    std::memcpy(p, mac_.data(), 6);
    p[6] = 2, p[11] = 9, p[12] = 8;
    std::memcpy(p + 14, kIp.data(), kIp.size());
    store_source(p + 26);
    std::memcpy(p + 30, pick(targets_).data(), 4);
    std::memcpy(p + 34, kTcp.data(), kTcp.size());
    const uint64_t r = random_();
    std::memcpy(p + 34, &r, 8);  // ports and number
    store_checksum(p + 24, sum_of(p + 14, 20));
    store_checksum(p + 50, pseudo_sum(p + 26, 6, 24) + sum_of(p + 34, 24));
    return 60;
  }

  // Half of it to addresses that are answered for, half with checksums that are right again.
  size_t garbage(uint8_t* p) {
    const Bytes& seed = pick(corpus_);
    size_t size = std::clamp<size_t>(seed.size(), 14, kMost);
    std::memset(p, 0, 14);
    std::memcpy(p, seed.data(), std::min(size, seed.size()));
    if (below(8) == 0) size = 14 + below(size - 13);
    if (below(8) == 0) {
      for (size_t more = 1 + below(64); more > 0 && size < kMost; --more) p[size++] = static_cast<uint8_t>(random_());
    }
    for (size_t n = below(9); n > 0; --n) damage(p[below(size)]);
    if (below(8) != 0) std::memcpy(p, mac_.data(), 6);
    const uint64_t r = random_();
    if ((r & 1) != 0 && size >= 34) {
      store_source(p + 26);
      std::memcpy(p + 30, pick(targets_).data(), 4);
    }
    if ((r & 2) != 0) repair_ipv4(p, size);
    return size;
  }

 private:
  size_t below(size_t n) { return static_cast<size_t>(((random_() >> 32) * n) >> 32); }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  void damage(uint8_t& byte) {
    static constexpr std::array<uint8_t, 6> kEdges = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    switch (below(3)) {
      case 0:
        byte = static_cast<uint8_t>(byte ^ (1u << below(8)));
        break;
      case 1:
        byte = kEdges[below(kEdges.size())];
        break;
      default:
        byte = static_cast<uint8_t>(random_());
    }
  }
  void store_source(uint8_t* where) {
    do {
      const uint64_t r = random_();
      std::memcpy(where, &r, 4);
    } while (where[0] == 0 || where[0] == 10 || where[0] == 127 || where[0] >= 224);
  }

  std::array<uint8_t, 6> mac_;
  std::mt19937_64 random_;
  std::vector<std::array<uint8_t, 4>> targets_;
  std::vector<Bytes> corpus_;
};

class Sender {
 public:
  explicit Sender(const std::string& interface) : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    sockaddr_ll there{};
    there.sll_family = AF_PACKET;
    there.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    const int on = 1, room = 4 << 20;
    if (there.sll_ifindex == 0 || bind(socket_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
      throw std::runtime_error("cannot send on " + interface);
    }
    setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    for (size_t i = 0; i < kBurst; ++i) {
      vectors_[i] = {frames_[i].data(), 0};
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  uint8_t* frame(size_t i) { return frames_[i].data(); }
  void set_size(size_t i, size_t bytes) { vectors_[i].iov_len = bytes; }
  // Gives the number of frames that the kernel refused.
  uint64_t send(size_t count) {
    uint64_t refused = 0;
    for (size_t done = 0; done < count;) {
      const int n = sendmmsg(socket_, &messages_[done], static_cast<unsigned>(count - done), 0);
      if (n > 0) {
        done += static_cast<size_t>(n);
      } else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
        ++refused, ++done;
      }
    }
    return refused;
  }

 private:
  int socket_;
  std::array<std::array<uint8_t, 2048>, kBurst> frames_;
  std::array<iovec, kBurst> vectors_{};
  std::array<mmsghdr, kBurst> messages_{};
};

void run(const Options& o) {
  Maker maker(o);
  const auto sender = std::make_unique<Sender>(o.interface);
  uint64_t syns = 0, garbage = 0, refused = 0;
  const auto begin = Clock::now();
  while (syns < o.count) {
    size_t n = 0;
    for (; n < kBurst && syns < o.count; ++n) {
      const bool is_syn = o.garbage_every == 0 || garbage >= syns / o.garbage_every;
      sender->set_size(n, is_syn ? maker.syn(sender->frame(n)) : maker.garbage(sender->frame(n)));
      ++(is_syn ? syns : garbage);
    }
    refused += sender->send(n);
    if (o.rate == 0) continue;
    const double due = static_cast<double>(syns + garbage) / static_cast<double>(o.rate);
    std::this_thread::sleep_until(begin +
                                  std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(due)));
  }
  std::printf("{\"syns\":%llu,\"garbage\":%llu,\"refused\":%llu,\"seconds\":%.3f}\n",
              static_cast<unsigned long long>(syns), static_cast<unsigned long long>(garbage),
              static_cast<unsigned long long>(refused), std::chrono::duration<double>(Clock::now() - begin).count());
}

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    portolan::bench::run(portolan::bench::parse({argv + 1, argv + argc}));
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "garbage_flood: %s\n", e.what());
    return EXIT_FAILURE;
  }
}
