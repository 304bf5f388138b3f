// SPDX-License-Identifier: Apache-2.0
#include "scan/frame_burst.h"

#include <algorithm>

namespace portolan::scan {

bool FrameBurst::flush() {
  while (size_ != 0) {
    const size_t sent = send_some(frames_[0].link);
    if (sent == 0) return false;
    drop_first(sent);
  }
  return true;
}

// Sends the leading frames that share a link; returns how many the port took.
size_t FrameBurst::send_some(uint16_t link) {
  size_t run = 1;
  while (run < size_ && frames_[run].link == link) ++run;
  const auto slots = ports_[link]->acquire(run);
  const size_t n = std::min(slots.size(), run);
  if (n == 0) return 0;
  for (size_t i = 0; i < n; ++i) {
    places_[i] = slots[i].data;
    slots[i].length = static_cast<uint16_t>(frames_[i].probe->length());
  }
  for (size_t first = 0; first < n;) {
    const wire::Template* probe = frames_[first].probe;
    size_t last = first + 1;
    while (last < n && frames_[last].probe == probe) ++last;
    const std::span<uint8_t* const> places(places_.data() + first, last - first);
    probe->stamp_burst(places, {stamps_.data() + first, last - first});
    if (probe->needs_source()) probe->put_sources(places, {sources_.data() + first, last - first});
    first = last;
  }
  ports_[link]->commit(n);
  return n;
}

void FrameBurst::add(const wire::Template& probe, uint16_t link, const addr::MacAddress& mac,
                     const wire::StampColumns& in, size_t count, std::span<const addr::IpAddress> sources) {
  const bool v4 = probe.layout().is_v4 != 0;
  for (size_t i = size_ == 0 ? send_columns(probe, link, mac, in, count, sources) : 0; i < count; ++i) {
    next() = wire::stamp_at(in, i, mac, v4);
    if (!sources.empty()) next_source() = sources[i];
    add(probe, link);
  }
}

// Sends the first of the frames; returns how many the port took.
size_t FrameBurst::send_columns(const wire::Template& probe, uint16_t link, const addr::MacAddress& mac,
                                const wire::StampColumns& in, size_t count, std::span<const addr::IpAddress> sources) {
  const auto slots = ports_[link]->acquire(count);
  const size_t n = std::min(slots.size(), count);
  for (size_t i = 0; i < n; ++i) {
    places_[i] = slots[i].data;
    slots[i].length = static_cast<uint16_t>(probe.length());
  }
  if (n == 0) return 0;
  const std::span<uint8_t* const> places(places_.data(), n);
  wire::stamp_columns(probe, mac, in, places);
  if (!sources.empty()) probe.put_sources(places, sources.first(n));
  ports_[link]->commit(n);
  return n;
}

void FrameBurst::drop_first(size_t n) {
  if (n != size_) {
    std::move(frames_.begin() + static_cast<ptrdiff_t>(n), frames_.begin() + static_cast<ptrdiff_t>(size_),
              frames_.begin());
    std::move(stamps_.begin() + static_cast<ptrdiff_t>(n), stamps_.begin() + static_cast<ptrdiff_t>(size_),
              stamps_.begin());
    std::move(sources_.begin() + static_cast<ptrdiff_t>(n), sources_.begin() + static_cast<ptrdiff_t>(size_),
              sources_.begin());
  }
  size_ -= n;
}

}  // namespace portolan::scan
