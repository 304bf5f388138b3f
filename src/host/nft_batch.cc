// SPDX-License-Identifier: Apache-2.0
#include "host/nft_batch.h"

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace portolan::host {
namespace {

constexpr uint32_t kOwnerFlag = 2;  // NFT_TABLE_F_OWNER, which Debian 12's own headers may lack
constexpr const char* kChain = "input";
constexpr int kMostNames = 16;
constexpr size_t kMostMessage = 32768;
constexpr size_t kStretchesInMessage = 256;  // two elements each, of at most 52 bytes
constexpr uint32_t kPortOffset = 2;          // of the destination port in TCP, UDP and SCTP headers
constexpr uint32_t kNftIpv4Type = 7;         // the nft program's numbers for the types of a set's keys
constexpr uint32_t kNftIpv6Type = 8;

void put_be32(nlmsghdr* m, uint16_t type, uint32_t value) { mnl_attr_put_u32(m, type, base::to_be(value)); }

struct Key {
  uint8_t bytes[16] = {};
  size_t size = 0;
};

Key key_of(const addr::IpAddress& address) {
  Key key;
  if (address.is_v4()) {
    address.store_v4(key.bytes);
    key.size = 4;
  } else {
    address.store_v6(key.bytes);
    key.size = 16;
  }
  return key;
}

// nullopt after the last address of the family.
std::optional<addr::IpAddress> after(const addr::IpAddress& address) {
  if (address.is_v4()) {
    if (address.v4_bits() == UINT32_MAX) return std::nullopt;
    return addr::IpAddress::v4(address.v4_bits() + 1);
  }
  const base::u128 next = address.v6_bits() + 1;
  if (next == 0) return std::nullopt;
  return addr::IpAddress::v6(next);
}

void put_element(nlmsghdr* m, const addr::IpAddress& address, uint32_t flags) {
  const Key key = key_of(address);
  nlattr* element = mnl_attr_nest_start(m, NFTA_LIST_ELEM);
  if (flags != 0) put_be32(m, NFTA_SET_ELEM_FLAGS, flags);
  nlattr* data = mnl_attr_nest_start(m, NFTA_SET_ELEM_KEY);
  mnl_attr_put(m, NFTA_DATA_VALUE, key.size, key.bytes);
  mnl_attr_nest_end(m, data);
  mnl_attr_nest_end(m, element);
}

std::string reason_text(int reason) {
  if (reason == EPERM) return "it needs root, or the capability CAP_NET_ADMIN";
  if (reason == EOPNOTSUPP || reason == EINVAL || reason == EAFNOSUPPORT) {
    return fmt::format("this kernel has no nftables with owned tables, which came with Linux 5.12 ({})",
                       std::strerror(reason));
  }
  if (reason == ENOENT) return "this kernel lacks a part of nftables (the modules nft_ct, nf_conntrack)";
  return std::strerror(reason);
}

}  // namespace

template <class PutData>
void NftRule::expression(const char* name, PutData put_data) {
  nlattr* element = mnl_attr_nest_start(m_, NFTA_LIST_ELEM);
  mnl_attr_put_strz(m_, NFTA_EXPR_NAME, name);
  nlattr* data = mnl_attr_nest_start(m_, NFTA_EXPR_DATA);
  put_data();
  mnl_attr_nest_end(m_, data);
  mnl_attr_nest_end(m_, element);
}

void NftRule::compare(uint32_t operation, const void* with, size_t size) {
  expression("cmp", [&] {
    put_be32(m_, NFTA_CMP_SREG, NFT_REG_1);
    put_be32(m_, NFTA_CMP_OP, operation);
    nlattr* data = mnl_attr_nest_start(m_, NFTA_CMP_DATA);
    mnl_attr_put(m_, NFTA_DATA_VALUE, size, with);
    mnl_attr_nest_end(m_, data);
  });
}

void NftRule::load_meta(uint32_t key) {
  expression("meta", [&] {
    put_be32(m_, NFTA_META_KEY, key);
    put_be32(m_, NFTA_META_DREG, NFT_REG_1);
  });
}

void NftRule::load_payload(uint32_t base, uint32_t offset, uint32_t size) {
  expression("payload", [&] {
    put_be32(m_, NFTA_PAYLOAD_DREG, NFT_REG_1);
    put_be32(m_, NFTA_PAYLOAD_BASE, base);
    put_be32(m_, NFTA_PAYLOAD_OFFSET, offset);
    put_be32(m_, NFTA_PAYLOAD_LEN, size);
  });
}

void NftRule::protocol(uint8_t number) {
  load_meta(NFT_META_L4PROTO);
  compare(NFT_CMP_EQ, &number, sizeof number);
}

void NftRule::transport_byte(uint32_t offset, uint8_t first, uint8_t last) {
  load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof first);
  compare(NFT_CMP_GTE, &first, sizeof first);
  compare(NFT_CMP_LTE, &last, sizeof last);
}

void NftRule::destination_port(PortRange ports) {
  const uint16_t first = base::to_be(ports.first);
  const uint16_t last = base::to_be(ports.last);
  load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, kPortOffset, sizeof first);
  compare(NFT_CMP_GTE, &first, sizeof first);
  compare(NFT_CMP_LTE, &last, sizeof last);
}

void NftRule::interface(const std::string& name, bool is) {
  char padded[IFNAMSIZ] = {};
  std::memcpy(padded, name.data(), std::min(name.size(), sizeof padded - 1));
  load_meta(NFT_META_IIFNAME);
  compare(is ? NFT_CMP_EQ : NFT_CMP_NEQ, padded, sizeof padded);
}

void NftRule::destination(const NftAddressSet& set) {
  const bool v4 = set.family == addr::Family::kIpv4;
  const uint8_t family = v4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
  load_meta(NFT_META_NFPROTO);
  compare(NFT_CMP_EQ, &family, sizeof family);
  load_payload(NFT_PAYLOAD_NETWORK_HEADER, v4 ? 16 : 24, v4 ? 4 : 16);
  expression("lookup", [&] {
    mnl_attr_put_strz(m_, NFTA_LOOKUP_SET, set.name);
    put_be32(m_, NFTA_LOOKUP_SET_ID, set.id);
    put_be32(m_, NFTA_LOOKUP_SREG, NFT_REG_1);
  });
}

void NftRule::connection_known() {
  const uint32_t known = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  const uint32_t nothing = 0;
  expression("ct", [&] {
    put_be32(m_, NFTA_CT_KEY, NFT_CT_STATE);
    put_be32(m_, NFTA_CT_DREG, NFT_REG_1);
  });
  expression("bitwise", [&] {
    put_be32(m_, NFTA_BITWISE_SREG, NFT_REG_1);
    put_be32(m_, NFTA_BITWISE_DREG, NFT_REG_1);
    put_be32(m_, NFTA_BITWISE_LEN, sizeof known);
    for (const auto& [type, word] : {std::pair{NFTA_BITWISE_MASK, known}, std::pair{NFTA_BITWISE_XOR, nothing}}) {
      nlattr* data = mnl_attr_nest_start(m_, static_cast<uint16_t>(type));
      mnl_attr_put(m_, NFTA_DATA_VALUE, sizeof word, &word);
      mnl_attr_nest_end(m_, data);
    }
  });
  compare(NFT_CMP_NEQ, &nothing, sizeof nothing);
}

void NftRule::counter() {
  expression("counter", [] {});
}

void NftRule::verdict(uint32_t code) {
  expression("immediate", [&] {
    put_be32(m_, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    nlattr* data = mnl_attr_nest_start(m_, NFTA_IMMEDIATE_DATA);
    nlattr* verdict = mnl_attr_nest_start(m_, NFTA_DATA_VERDICT);
    put_be32(m_, NFTA_VERDICT_CODE, code);
    mnl_attr_nest_end(m_, verdict);
    mnl_attr_nest_end(m_, data);
  });
}

NftBatch::NftBatch(std::string table) : table_(std::move(table)), bytes_(kMostMessage) {
  mark(NFNL_MSG_BATCH_BEGIN);
  nlmsghdr* m = message(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
  mnl_attr_put_strz(m, NFTA_TABLE_NAME, table_.c_str());
  put_be32(m, NFTA_TABLE_FLAGS, kOwnerFlag);
  done(m);
  m = message(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  mnl_attr_put_strz(m, NFTA_CHAIN_TABLE, table_.c_str());
  mnl_attr_put_strz(m, NFTA_CHAIN_NAME, kChain);
  nlattr* hook = mnl_attr_nest_start(m, NFTA_CHAIN_HOOK);
  put_be32(m, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
  put_be32(m, NFTA_HOOK_PRIORITY, static_cast<uint32_t>(kGuardPriority));
  mnl_attr_nest_end(m, hook);
  put_be32(m, NFTA_CHAIN_POLICY, NF_ACCEPT);
  mnl_attr_put_strz(m, NFTA_CHAIN_TYPE, "filter");
  done(m);
}

void NftBatch::addresses(const NftAddressSet& set, std::span<const Stretch> stretches) {
  const bool v4 = set.family == addr::Family::kIpv4;
  nlmsghdr* m = message(NFT_MSG_NEWSET, NLM_F_CREATE);
  mnl_attr_put_strz(m, NFTA_SET_TABLE, table_.c_str());
  mnl_attr_put_strz(m, NFTA_SET_NAME, set.name);
  put_be32(m, NFTA_SET_FLAGS, NFT_SET_INTERVAL);
  put_be32(m, NFTA_SET_KEY_TYPE, v4 ? kNftIpv4Type : kNftIpv6Type);
  put_be32(m, NFTA_SET_KEY_LEN, v4 ? 4 : 16);
  put_be32(m, NFTA_SET_ID, set.id);
  done(m);
  while (!stretches.empty()) {
    const size_t n = std::min(stretches.size(), kStretchesInMessage);
    elements(set, stretches.first(n));
    stretches = stretches.subspan(n);
  }
}

// Each stretch is two elements: where it begins, and, marked as an end, what comes after it.
void NftBatch::elements(const NftAddressSet& set, std::span<const Stretch> some) {
  nlmsghdr* m = message(NFT_MSG_NEWSETELEM, NLM_F_CREATE);
  mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, table_.c_str());
  mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, set.name);
  put_be32(m, NFTA_SET_ELEM_LIST_SET_ID, set.id);
  nlattr* list = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
  for (const Stretch& s : some) {
    put_element(m, s.first, 0);
    if (const auto end = after(s.last)) put_element(m, *end, NFT_SET_ELEM_INTERVAL_END);
  }
  mnl_attr_nest_end(m, list);
  done(m);
}

void NftBatch::rule(const std::function<void(NftRule&)>& put) {
  nlmsghdr* m = message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  mnl_attr_put_strz(m, NFTA_RULE_TABLE, table_.c_str());
  mnl_attr_put_strz(m, NFTA_RULE_CHAIN, kChain);
  nlattr* list = mnl_attr_nest_start(m, NFTA_RULE_EXPRESSIONS);
  NftRule rule(m);
  put(rule);
  mnl_attr_nest_end(m, list);
  done(m);
}

int NftBatch::send(NetlinkSocket& socket) {
  mark(NFNL_MSG_BATCH_END);
  return socket.send_batch(bytes_.data(), used_, last_acknowledged_);
}

// The kernel acknowledges messages of the batch, not its two marks.
void NftBatch::mark(uint16_t type) {
  nlmsghdr* m = header(type, 0, AF_UNSPEC);
  static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(m))->res_id = base::to_be(uint16_t{NFNL_SUBSYS_NFTABLES});
  done(m);
}

nlmsghdr* NftBatch::message(uint16_t type, int flags) {
  last_acknowledged_ = sequence_ + 1;
  return header(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type), flags | NLM_F_ACK, NFPROTO_INET);
}

nlmsghdr* NftBatch::header(uint16_t type, int flags, uint8_t family) {
  nlmsghdr* m = mnl_nlmsg_put_header(bytes_.data() + used_);
  m->nlmsg_type = type;
  m->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  m->nlmsg_seq = ++sequence_;
  auto* nf = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(m, sizeof(nfgenmsg)));
  nf->nfgen_family = family;
  nf->version = NFNETLINK_V0;
  return m;
}

void NftBatch::done(const nlmsghdr* m) {
  used_ += MNL_ALIGN(m->nlmsg_len);
  bytes_.resize(used_ + kMostMessage);
}

tl::expected<OwnedTable, std::string> OwnedTable::make(const std::function<void(NftBatch&)>& fill) {
  auto socket = NetlinkSocket::open(NETLINK_NETFILTER);
  if (!socket) return tl::make_unexpected(socket.error());
  OwnedTable table{std::make_unique<NetlinkSocket>(std::move(*socket)), {}};
  int reason = EEXIST;
  // The name may be taken: processes of several PID namespaces may share a network, and a number with it. Of a table
  // with another owner the kernel says EPERM, as it does when we have no right at all.
  for (int i = 0; (reason == EEXIST || reason == EPERM) && i < kMostNames; ++i) {
    table.name = fmt::format("portolan_{}", getpid()) + (i == 0 ? "" : fmt::format("_{}", i));
    NftBatch batch(table.name);
    fill(batch);
    reason = batch.send(*table.socket);
  }
  if (reason != 0) return tl::make_unexpected(reason_text(reason));
  return table;
}

}  // namespace portolan::host
