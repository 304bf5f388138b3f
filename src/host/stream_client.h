// SPDX-License-Identifier: Apache-2.0
// StreamClient: TCP connections of this machine's own kernel to other servers, many at once, without waiting.
//
// For joining a client whom the responder serves with a real server behind it. Not for scanning. Everything is bounded:
// how many streams, how many bytes each holds either way, how long one may take to connect or be silent. What cannot be
// held is not read, so the server's kernel feels it: back pressure both ways.
//
// The caller waits for fd() to become readable, or for next_deadline(), and calls poll(), which does not wait. Between
// two polls the other members may be called at will; what they bring about is told by the next poll. A stream's number
// is good until its kGone is told, and may be used again after that. No exceptions. Memory is taken at construction.
// Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/timer_wheel.h"

namespace portolan::host {

using StreamId = uint32_t;

struct StreamLimits {
  uint32_t streams = 256;
  uint32_t buffer = 64 << 10;  // bytes of each stream, each way; rounded up to a power of two
  base::Nanos connect = 5 * base::kSecond;
  base::Nanos idle = 300 * base::kSecond;  // nothing was moved either way
};

enum class StreamEnd : uint8_t {
  kClosed,       // by FIN both ways, and all that came has been consumed
  kRefused,      // nobody listens there
  kUnreachable,  // no way there, or the system has no socket for us
  kTimedOut,     // not connected in time
  kReset,        // by the server, or an error on the way
  kIdle,
};

struct StreamEvent {
  enum class Kind : uint8_t {
    kConnected,
    kData,  // received() has more
    kRoom,  // bytes have left: room() is more
    kEnd,   // the server's FIN: no more will come than received() has
    kGone,  // `how`; the last one of this stream
  };
  StreamId id = 0;
  Kind kind = Kind::kData;
  StreamEnd how = StreamEnd::kClosed;
};

class StreamClient {
 public:
  static tl::expected<std::unique_ptr<StreamClient>, std::string> create(const StreamLimits& limits);
  ~StreamClient();  // resets what is open
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  int fd() const { return epoll_; }  // readable: poll() has something to do
  std::optional<base::Nanos> next_deadline() const { return wheel_.next(); }
  // Moves bytes, and tells what has happened since. Valid until the next poll().
  std::span<const StreamEvent> poll(base::Nanos now);

  // Begins to connect; send() may be called at once. nullopt: as many streams as may be are open.
  std::optional<StreamId> open(const addr::IpAddress& address, uint16_t port, base::Nanos now);
  // Takes what there is room for.
  size_t send(StreamId id, base::Bytes bytes, base::Nanos now);
  size_t room(StreamId id) const;
  void finish(StreamId id);  // FIN after what is still to be sent; bytes still come in
  void abort(StreamId id);   // RST; no event of it will be told, and those told already are void

  // What has come and is not consumed: the first piece of it, empty only if there is none.
  base::Bytes received(StreamId id) const;
  void consume(StreamId id, size_t n, base::Nanos now);  // REQUIRES: n <= received(id).size()

  size_t size() const { return limits_.streams - free_.size() - released_.size(); }
  size_t most() const { return limits_.streams; }

 private:
  class Ring;
  struct Stream;

  StreamClient(const StreamLimits& limits, int epoll);
  void connect(StreamId id, const addr::IpAddress& address, uint16_t port);
  void on_ready(StreamId id, uint32_t events, base::Nanos now);
  bool on_connected(StreamId id, base::Nanos now);
  void receive(StreamId id, base::Nanos now);
  void flush(StreamId id, base::Nanos now);
  void on_deadline(StreamId id, base::Nanos now);
  void settle(StreamId id);
  void want(StreamId id);
  void doom(StreamId id, StreamEnd how);
  void release(StreamId id);
  void tell(StreamId id, StreamEvent::Kind kind, StreamEnd how = StreamEnd::kClosed);

  StreamLimits limits_;
  int epoll_;
  std::unique_ptr<uint8_t[]> memory_;
  std::vector<Stream> streams_;
  std::vector<StreamId> free_;
  std::vector<StreamId> released_;  // free from the next poll on, so that no event is taken for another stream's
  base::TimerWheel wheel_;
  std::vector<StreamEvent> events_;
};

}  // namespace portolan::host
