// SPDX-License-Identifier: Apache-2.0
// Frames for tests, written by hand and by an independent program, and small tools to spoil them.
//
// 192.0.2.1 (2001:db8::1) is us at 02:..:01, 198.51.100.7 (2001:db8:1::7) is them at 02:..:02. Our port is 40001, the
// token 0xcafebabe, the identification 0xbeef. Not for product code.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/drop.h"

namespace portolan::wire::test_frames {

// REQUIRES: pairs of lower-case hexadecimal digits.
inline std::vector<uint8_t> from_hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<uint8_t> bytes(digits.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(value(digits[2 * i]) * 16 + value(digits[2 * i + 1]));
  }
  return bytes;
}

inline std::vector<uint8_t> with(std::vector<uint8_t> bytes, size_t at, std::initializer_list<uint8_t> values) {
  for (const uint8_t v : values) bytes.at(at++) = v;
  return bytes;
}

inline std::vector<uint8_t> first(const std::vector<uint8_t>& bytes, size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count)};
}

inline std::vector<uint8_t> behind(const std::vector<uint8_t>& bytes, size_t count) {
  return {bytes.begin() + static_cast<ptrdiff_t>(count), bytes.end()};
}

// A row of a table of bad input: a sentence, the bytes, and the reason they must be refused for.
struct Malformed {
  const char* what;
  std::vector<uint8_t> bytes;
  Drop reason;
};

inline constexpr addr::MacAddress kOurMac{{2, 0, 0, 0, 0, 1}};
inline constexpr addr::MacAddress kTheirMac{{2, 0, 0, 0, 0, 2}};
inline constexpr addr::IpAddress kOurs = addr::IpAddress::v4(0xc0000201);
inline constexpr addr::IpAddress kTheirs = addr::IpAddress::v4(0xc6336407);
inline constexpr addr::IpAddress kOurs6 = addr::IpAddress::v6(base::make_u128(0x2001'0db8'0000'0000, 1));
inline constexpr addr::IpAddress kTheirs6 = addr::IpAddress::v6(base::make_u128(0x2001'0db8'0001'0000, 7));
inline constexpr uint16_t kOurPort = 40001;
inline constexpr uint32_t kToken = 0xcafebabe;
inline constexpr uint16_t kIpId = 0xbeef;

// Answers, as they come in.
inline const std::vector<uint8_t> kArpReply = from_hex(
    "02000000000102000000000208060001080006040002020000000002c6336407020000000001c00002010000000000000000"
    "00000000000000000000");
inline const std::vector<uint8_t> kTcpSynAck = from_hex(
    "02000000000102000000000208004500003c1234000040067c4cc6336407c000020100509c4111223344cafebabfa012faf0"
    "fa0b0000020405b40402080a000000010000000001030307");
inline const std::vector<uint8_t> kTcpSynAckVlan = from_hex(
    "0200000000010200000000028100606408004500003c1234000040067c4cc6336407c000020100509c4111223344cafebabf"
    "a012faf0fa0b0000020405b40402080a000000010000000001030307");
inline const std::vector<uint8_t> kTcpRstPadded = from_hex(
    "0200000000010200000000020800450000281234000040067c60c6336407c000020100519c4100000000cafebabf50140000"
    "a1430000eeeeeeeeeeee");
inline const std::vector<uint8_t> kTcpIpOptions = from_hex(
    "020000000001020000000002080046000040123400004006e743c6336407c00002019404000000509c4111223344cafebabf"
    "a012faf0fa0b0000020405b40402080a000000010000000001030307");
inline const std::vector<uint8_t> kUdpAnswer =
    from_hex("02000000000102000000000208004500001f1234000040117c5ec6336407c000020100359c41000ba3c06f6464");
inline const std::vector<uint8_t> kUdpNoChecksum =
    from_hex("02000000000102000000000208004500001f1234000040117c5ec6336407c000020100359c41000b00006f6464");
inline const std::vector<uint8_t> kIcmpEchoReply =
    from_hex("0200000000010200000000020800450000201234000040017c6dc6336407c000020100009b71cafebabe70696e67");
inline const std::vector<uint8_t> kIcmpTimestampReply = from_hex(
    "0200000000010200000000020800450000281234000040017c65c6336407c00002010e006471cafebabe00000000000003e8"
    "000003e9");
inline const std::vector<uint8_t> kIcmpPortUnreachable = from_hex(
    "02000000000102000000000208004500003d1234000040017c50c6336407c00002010303e9570000000045000021beef0000"
    "03110ca1c0000201c63364079c4100a1000d32e368656c6c6f");
inline const std::vector<uint8_t> kSctpInitAck = from_hex(
    "02000000000102000000000208004500003c1234000040847bcec6336407c00002010f1c9c41cafebabe0cf70d7f0200001c"
    "a1b2c3d400010000000500060102030400070008636f6f6b");
inline const std::vector<uint8_t> kSctpAbort =
    from_hex("0200000000010200000000020800450000241234000040847be6c6336407c00002010f1c9c41cafebabefe1964b606000004");
inline const std::vector<uint8_t> kOtherIpv4 =
    from_hex("02000000000102000000000208004500001812340000402f7c47c6336407c000020100000800");
inline const std::vector<uint8_t> kTcpSynAckV6 = from_hex(
    "02000000000102000000000286dd600123450018064020010db800010000000000000000000720010db80000000000000000"
    "0000000101bb9c4100000007cafebabf6012fd201bcd0000020405a0");
inline const std::vector<uint8_t> kUdpAnswerV6Extensions = from_hex(
    "02000000000102000000000286dd60012345002b004020010db800010000000000000000000720010db80000000000000000"
    "000000013c000104000000002c01010c000000000000000000000000110000000000000100359c41000b34826f6464");
inline const std::vector<uint8_t> kIcmpv6EchoReply = from_hex(
    "02000000000102000000000286dd60012345000c3a4020010db800010000000000000000000720010db80000000000000000"
    "000000018100beafcafebabe70696e67");
inline const std::vector<uint8_t> kIcmpv6Unreachable = from_hex(
    "02000000000102000000000286dd6001234500483a4020010db800010000000000000000000720010db80000000000000000"
    "0000000101047e0d000000006005beef0018060220010db800000000000000000000000120010db800010000000000000000"
    "00079c4101bbcafebabe000000006002040015060000020405a0");
inline const std::vector<uint8_t> kNeighborAdvertisement = from_hex(
    "02000000000102000000000286dd6001234500203aff20010db800010000000000000000000720010db80000000000000000"
    "0000000188008a656000000020010db80001000000000000000000070201020000000002");
inline const std::vector<uint8_t> kNeighborSolicitation = from_hex(
    "3333ff00000102000000000286dd6001234500203aff20010db8000100000000000000000007ff0200000000000000000001"
    "ff00000187001c210000000020010db80000000000000000000000010101020000000002");

// Probes, as they go out.
inline const std::vector<uint8_t> kTcpSyn = from_hex(
    "02000000000202000000000108004500002cbeef0000ff0610a0c0000201c63364079c410050cafebabe0000000060020400"
    "859b0000020405b4");
inline const std::vector<uint8_t> kTcpSynLinuxOptionsVlan = from_hex(
    "0200000000020200000000018100006408004500003cbeef00004006cf90c0000201c63364079c410050cafebabe00000000"
    "a002faf03a7e0000020405b40402080a010203040000000001030307");
inline const std::vector<uint8_t> kTcpSynV6 = from_hex(
    "02000000000202000000000186dd600fbeef001806ff20010db800000000000000000000000120010db80001000000000000"
    "000000079c410050cafebabe0000000060020400165d0000020405b4");
inline const std::vector<uint8_t> kTcpRst = from_hex(
    "020000000002020000000001080045000028beef0000ff0610a4c0000201c63364079c410050cafebabe0000000050040000"
    "a1550000");
inline const std::vector<uint8_t> kUdpToken = from_hex(
    "020000000002020000000001080045000028beef0000ff111099c0000201c63364079c410050001480fa01cafebabecafeba"
    "be78797a");
inline const std::vector<uint8_t> kUdpRawV6 = from_hex(
    "600fbeef000d11ff20010db800000000000000000000000120010db80001000000000000000000079c410050000d759ababe"
    "646e73");
inline const std::vector<uint8_t> kIcmpEcho =
    from_hex("020000000002020000000001080045000020beef0000ff0110b1c0000201c633640708009371cafebabe70696e67");
inline const std::vector<uint8_t> kIcmpv6Echo = from_hex(
    "02000000000202000000000186dd600fbeef00083aff20010db800000000000000000000000120010db80001000000000000"
    "0000000780009e84cafebabe");
inline const std::vector<uint8_t> kIcmpTimestamp = from_hex(
    "020000000002020000000001080045000028beef0000ff0110a9c0000201c63364070d006d42cafebabe0000000000000000"
    "00000000");
inline const std::vector<uint8_t> kSctpInit = from_hex(
    "020000000002020000000001080045000034beef0000ff84101ac0000201c63364079c410050000000007785e75501000014"
    "cafebabe0000ffff000affff00000000");
inline const std::vector<uint8_t> kArpRequest =
    from_hex("ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c6336407");
inline const std::vector<uint8_t> kNeighborProbe = from_hex(
    "3333ff00000702000000000186dd600fbeef00203aff20010db8000000000000000000000001ff0200000000000000000001"
    "ff00000787001c1c0000000020010db80001000000000000000000070101020000000001");
inline const std::vector<uint8_t> kIpGre =
    from_hex("02000000000202000000000108004500001cbeef0000ff2f1087c0000201c63364070000000000000000");
inline const std::vector<uint8_t> kIpIgmp =
    from_hex("02000000000202000000000108004500001cbeef0000ff0210b4c0000201c63364071100eeff00000000");

}  // namespace portolan::wire::test_frames
