// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcapng.h"

#include <algorithm>
#include <cstring>

namespace portolan::pktio {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;

constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint64_t kLengthUnknown = UINT64_MAX;  // of the section
constexpr uint16_t kLinkEthernet = 1;
constexpr uint16_t kLinkRaw = 101;

namespace option {
constexpr uint16_t kEnd = 0;
constexpr uint16_t kComment = 1;
constexpr uint16_t kSectionHardware = 2;
constexpr uint16_t kSectionSystem = 3;
constexpr uint16_t kSectionProgram = 4;
constexpr uint16_t kInterfaceName = 2;
constexpr uint16_t kInterfaceResolution = 9;
constexpr uint16_t kPacketFlags = 2;
}  // namespace option

constexpr uint8_t kNanoseconds = 9;  // 10^-9

// One block while it grows: type and length in front, the length again behind.
class Block {
 public:
  Block(std::string& out, uint32_t type) : out_(out), begin_(out.size()) {
    number(type);
    number(uint32_t{0});
  }
  template <class Integer>
  void number(Integer value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out_.append(raw, sizeof value);
  }
  void padded(std::string_view bytes) {
    out_.append(bytes);
    out_.append((4 - bytes.size() % 4) % 4, '\0');
  }
  void option(uint16_t code, std::string_view value) {
    value = value.substr(0, UINT16_MAX);
    number(code);
    number(static_cast<uint16_t>(value.size()));
    padded(value);
    any_option_ = true;
  }
  void option_if_any(uint16_t code, std::string_view text) {
    if (!text.empty()) option(code, text);
  }
  void end() {
    if (any_option_) number(uint32_t{option::kEnd});
    const auto length = static_cast<uint32_t>(out_.size() - begin_ + sizeof(uint32_t));
    number(length);
    std::memcpy(out_.data() + begin_ + sizeof(uint32_t), &length, sizeof length);
  }

 private:
  std::string& out_;
  size_t begin_;
  bool any_option_ = false;
};

}  // namespace

void append_section_header(std::string& out, const PcapngSource& source) {
  Block block(out, kSectionHeader);
  block.number(kByteOrderMagic);
  block.number(uint16_t{1});  // version 1.0
  block.number(uint16_t{0});
  block.number(kLengthUnknown);
  block.option_if_any(option::kSectionHardware, source.hardware);
  block.option_if_any(option::kSectionSystem, source.system);
  block.option_if_any(option::kSectionProgram, source.program);
  block.end();
}

void append_interface(std::string& out, wire::LinkType link, uint32_t snap_length, const PcapngSource& source) {
  Block block(out, kInterfaceDescription);
  block.number(link == wire::LinkType::kEthernet ? kLinkEthernet : kLinkRaw);
  block.number(uint16_t{0});
  block.number(snap_length);
  block.option_if_any(option::kInterfaceName, source.interface);
  block.option(option::kInterfaceResolution, {reinterpret_cast<const char*>(&kNanoseconds), 1});
  block.end();
}

void append_packet(std::string& out, const PcapngPacket& packet, uint32_t snap_length) {
  const size_t kept = std::min<size_t>(packet.bytes.size(), snap_length);
  const auto stamp = static_cast<uint64_t>(packet.wall);
  const auto size = static_cast<uint32_t>(std::max<size_t>(packet.size, packet.bytes.size()));
  Block block(out, kEnhancedPacket);
  block.number(uint32_t{0});  // the first interface
  block.number(static_cast<uint32_t>(stamp >> 32));
  block.number(static_cast<uint32_t>(stamp));
  block.number(static_cast<uint32_t>(kept));
  block.number(size);
  block.padded({reinterpret_cast<const char*>(packet.bytes.data()), kept});
  block.option_if_any(option::kComment, packet.comment);
  if (packet.way != PacketWay::kUnknown) {
    block.option(option::kPacketFlags, {reinterpret_cast<const char*>(&packet.way), sizeof packet.way});
  }
  block.end();
}

}  // namespace portolan::pktio
