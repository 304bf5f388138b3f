// SPDX-License-Identifier: Apache-2.0
// FrameBurst: up to a burst of frames, described now and written into the ports' slots at once.
//
// Frames for one link are stamped and committed together, so a scan over several interfaces or techniques still makes
// one call per link and burst. What a full port does not take stays and goes first next time; add() only when
// room() is left. No allocation. Not thread-safe: the lane's.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "pktio/port.h"
#include "wire/stamp_columns.h"
#include "wire/template.h"

namespace portolan::scan {

class FrameBurst {
 public:
  static constexpr size_t kCapacity = 128;

  explicit FrameBurst(std::span<pktio::Port* const> ports) : ports_(ports) {}

  size_t size() const { return size_; }
  size_t room() const { return kCapacity - size_; }

  // The place for the next frame: the caller fills it, then calls add(). REQUIRES: room() > 0.
  wire::Stamp& next() { return stamps_[size_]; }
  // Where it is to come from: set before add() if its template needs a source.
  addr::IpAddress& next_source() { return sources_[size_]; }
  // REQUIRES: `probe` lives until flush() has returned true.
  void add(const wire::Template& probe, uint16_t link) { frames_[size_++] = {&probe, link}; }

  // Frames of one template and MAC address, from columns: written and sent at once if nothing waits, as far as the port
  // has slots; the rest is kept like the others. REQUIRES: as above, count <= room(); as many
  // sources, if the template needs them.
  void add(const wire::Template& probe, uint16_t link, const addr::MacAddress& mac, const wire::StampColumns& in,
           size_t count, std::span<const addr::IpAddress> sources = {});

  // Writes and sends. True when nothing is left.
  bool flush();

 private:
  struct Frame {
    const wire::Template* probe;
    uint16_t link;
  };

  size_t send_some(uint16_t link);
  size_t send_columns(const wire::Template& probe, uint16_t link, const addr::MacAddress& mac,
                      const wire::StampColumns& in, size_t count, std::span<const addr::IpAddress> sources);
  void drop_first(size_t n);

  std::span<pktio::Port* const> ports_;
  size_t size_ = 0;
  std::array<Frame, kCapacity> frames_{};
  std::array<wire::Stamp, kCapacity> stamps_{};
  std::array<addr::IpAddress, kCapacity> sources_{};
  std::array<uint8_t*, kCapacity> places_{};
};

}  // namespace portolan::scan
