// SPDX-License-Identifier: Apache-2.0
// MetricsServer: numbers of this process at http://ADDRESS:PORT/metrics, served by another process that has no rights.
//
// A process that speaks HTTP never holds raw-socket rights. So the numbers live in memory that parent and child share,
// and the child, which is forked before any packet socket is opened, becomes nobody, gives every capability up, keeps
// no file of the parent's but the listening socket, and dies with it. Only loopback addresses are served: what is to be
// seen from elsewhere belongs behind a proxy that knows its readers.
//
// Lifetime: from start() to destruction, which ends the child. Threads: set() from any; start() and the destructor from
// the main thread, which must live as long (the kernel tells the child of the death of the thread that forked it).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/ip_address.h"
#include "base/clock.h"
#include "portolan/metrics_page.h"

namespace portolan::cli {

struct MetricsAddress {
  addr::IpAddress address = addr::IpAddress::v4(0x7f000001);
  uint16_t port = 0;  // 0: one that is free

  // "9464", "127.0.0.1:9464", "[::1]:9464". The error says what is wrong and what to write.
  static tl::expected<MetricsAddress, std::string> parse(std::string_view text);
};

class MetricsServer {
 public:
  // REQUIRES: no other thread runs yet. When it returns the page can be read: what the address, the socket or the child
  // could not do is an error.
  static tl::expected<MetricsServer, std::string> start(const MetricsAddress& address, std::vector<Metric> metrics,
                                                        base::Nanos started_wall);
  MetricsServer(MetricsServer&& other) noexcept;
  MetricsServer& operator=(MetricsServer&&) = delete;
  ~MetricsServer();

  // The value of one of the metrics, by its place.
  void set(size_t metric, uint64_t value) { values_[metric].store(value, std::memory_order_relaxed); }
  size_t size() const { return count_; }
  uint16_t port() const { return port_; }

 private:
  MetricsServer() = default;
  tl::expected<void, std::string> share(size_t count);

  std::atomic<uint64_t>* values_ = nullptr;  // shared with the child
  size_t count_ = 0;
  pid_t child_ = 0;
  int alive_ = -1;  // the child ends when this is closed
  uint16_t port_ = 0;
};

}  // namespace portolan::cli
