// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcap_port.h"

namespace portolan::pktio {

tl::expected<std::unique_ptr<PcapPort>, std::string> PcapPort::open(const PcapPortOptions& options) {
  std::optional<PcapReader> in;
  std::optional<PcapWriter> out;
  if (!options.read.empty()) {
    auto reader = PcapReader::open(options.read);
    if (!reader) return tl::make_unexpected(reader.error());
    in.emplace(std::move(*reader));
  }
  if (!options.write.empty()) {
    auto writer = PcapWriter::open(options.write, in ? in->link() : options.link);
    if (!writer) return tl::make_unexpected(writer.error());
    out.emplace(std::move(*writer));
  }
  return std::unique_ptr<PcapPort>(new PcapPort(options, std::move(in), std::move(out)));
}

PcapPort::PcapPort(const PcapPortOptions& options, std::optional<PcapReader> in, std::optional<PcapWriter> out)
    : link_(in ? in->link() : options.link),
      clock_(options.clock),
      opened_(clock_ != nullptr ? clock_->now() : 0),
      in_(std::move(in)),
      out_(std::move(out)),
      frames_(kMostFrames),
      lent_(kMostFrames) {
  if (!in_) return;
  next_ = Frame{};
  read_next();
  if (next_) first_wall_ = next_->wall;
}

void PcapPort::read_next() {
  base::Bytes bytes;
  if (in_->next(next_->wall, bytes)) {
    next_->bytes.assign(bytes.begin(), bytes.end());
  } else {
    next_.reset();
  }
}

bool PcapPort::has_arrived(base::Nanos wall) const {
  return clock_ == nullptr || wall - first_wall_ <= clock_->now() - opened_;
}

void PcapPort::commit(size_t count) {
  const base::SystemClock machine;
  const base::Nanos wall = (clock_ != nullptr ? *clock_ : static_cast<const base::Clock&>(machine)).wall();
  for (const TxSlot& slot : slots_.lend(count)) {
    if (slot.length == 0) {
      counters_.add(PortCounter::kSendRefused);
      continue;
    }
    if (out_) out_->write(wall, {slot.data, slot.length});
    counters_.count_sent(1, slot.length);
  }
  if (out_) out_->flush();
}

std::span<const RxFrame> PcapPort::receive(size_t want) {
  size_t n = 0;
  for (; n < std::min(want, kMostFrames) && next_ && has_arrived(next_->wall); ++n) {
    std::swap(frames_[n], *next_);
    lent_[n] = {.bytes = frames_[n].bytes, .wall = frames_[n].wall, .checksum_partial = false};
    read_next();
  }
  const std::span<const RxFrame> frames(lent_.data(), n);
  counters_.count_received(frames);
  return frames;
}

std::string PcapPort::error() const {
  if (in_ && !in_->error().empty()) return in_->error();
  return out_ ? out_->error() : "";
}

}  // namespace portolan::pktio
