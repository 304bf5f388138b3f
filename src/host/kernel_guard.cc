// SPDX-License-Identifier: Apache-2.0
#include "host/kernel_guard.h"

#include <netinet/in.h>  // before the kernel's headers, which then leave its names alone

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "host/netlink_socket.h"

namespace portolan::host {
namespace {

constexpr uint32_t kOwnerFlag = 2;   // NFT_TABLE_F_OWNER, which Debian 12's own headers may lack
constexpr int32_t kPriority = -300;  // before everything that looks at packets in earnest
constexpr const char* kChain = "input";
constexpr int kMostNames = 16;
constexpr uint32_t kPortOffset = 2;  // of the destination port in TCP, UDP and SCTP headers

// One batch of nf_tables messages: nothing of it happens unless all of it does.
class Batch {
 public:
  Batch() { mark(NFNL_MSG_BATCH_BEGIN); }

  void table(const std::string& name) {
    nlmsghdr* m = message(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    mnl_attr_put_strz(m, NFTA_TABLE_NAME, name.c_str());
    put_be32(m, NFTA_TABLE_FLAGS, kOwnerFlag);
    done(m);
  }

  void input_chain(const std::string& table) {
    nlmsghdr* m = message(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    mnl_attr_put_strz(m, NFTA_CHAIN_TABLE, table.c_str());
    mnl_attr_put_strz(m, NFTA_CHAIN_NAME, kChain);
    nlattr* hook = mnl_attr_nest_start(m, NFTA_CHAIN_HOOK);
    put_be32(m, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
    put_be32(m, NFTA_HOOK_PRIORITY, static_cast<uint32_t>(kPriority));
    mnl_attr_nest_end(m, hook);
    put_be32(m, NFTA_CHAIN_POLICY, NF_ACCEPT);
    mnl_attr_put_strz(m, NFTA_CHAIN_TYPE, "filter");
    done(m);
  }

  // meta l4proto PROTOCOL th dport FIRST-LAST counter drop
  void drop_rule(const std::string& table, uint8_t protocol, PortRange ports) {
    nlmsghdr* m = message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    mnl_attr_put_strz(m, NFTA_RULE_TABLE, table.c_str());
    mnl_attr_put_strz(m, NFTA_RULE_CHAIN, kChain);
    nlattr* list = mnl_attr_nest_start(m, NFTA_RULE_EXPRESSIONS);
    expression(m, "meta", [&] {
      put_be32(m, NFTA_META_KEY, NFT_META_L4PROTO);
      put_be32(m, NFTA_META_DREG, NFT_REG_1);
    });
    compare(m, NFT_CMP_EQ, &protocol, sizeof protocol);
    expression(m, "payload", [&] {
      put_be32(m, NFTA_PAYLOAD_DREG, NFT_REG_1);
      put_be32(m, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
      put_be32(m, NFTA_PAYLOAD_OFFSET, kPortOffset);
      put_be32(m, NFTA_PAYLOAD_LEN, sizeof(uint16_t));
    });
    const uint16_t first = base::to_be(ports.first);
    const uint16_t last = base::to_be(ports.last);
    compare(m, NFT_CMP_GTE, &first, sizeof first);
    compare(m, NFT_CMP_LTE, &last, sizeof last);
    expression(m, "counter", [] {});
    expression(m, "immediate", [&] {
      put_be32(m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
      nlattr* data = mnl_attr_nest_start(m, NFTA_IMMEDIATE_DATA);
      nlattr* verdict = mnl_attr_nest_start(m, NFTA_DATA_VERDICT);
      put_be32(m, NFTA_VERDICT_CODE, NF_DROP);
      mnl_attr_nest_end(m, verdict);
      mnl_attr_nest_end(m, data);
    });
    mnl_attr_nest_end(m, list);
    done(m);
  }

  // Returns 0 or the kernel's errno.
  int send(NetlinkSocket& socket) {
    mark(NFNL_MSG_BATCH_END);
    return socket.send_batch(bytes_, used_, last_acknowledged_);
  }

 private:
  // The kernel acknowledges messages of the batch, not its two marks.
  void mark(uint16_t type) {
    nlmsghdr* m = header(type, 0, AF_UNSPEC);
    static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(m))->res_id = base::to_be(uint16_t{NFNL_SUBSYS_NFTABLES});
    done(m);
  }
  nlmsghdr* message(uint16_t type, int flags) {
    last_acknowledged_ = sequence_ + 1;
    return header(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type), flags | NLM_F_ACK, NFPROTO_INET);
  }
  nlmsghdr* header(uint16_t type, int flags, uint8_t family) {
    nlmsghdr* m = mnl_nlmsg_put_header(bytes_ + used_);
    m->nlmsg_type = type;
    m->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    m->nlmsg_seq = ++sequence_;
    auto* nf = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(m, sizeof(nfgenmsg)));
    nf->nfgen_family = family;
    nf->version = NFNETLINK_V0;
    return m;
  }
  void done(const nlmsghdr* m) { used_ += MNL_ALIGN(m->nlmsg_len); }

  static void put_be32(nlmsghdr* m, uint16_t type, uint32_t value) { mnl_attr_put_u32(m, type, base::to_be(value)); }

  template <class PutData>
  static void expression(nlmsghdr* m, const char* name, PutData put_data) {
    nlattr* element = mnl_attr_nest_start(m, NFTA_LIST_ELEM);
    mnl_attr_put_strz(m, NFTA_EXPR_NAME, name);
    nlattr* data = mnl_attr_nest_start(m, NFTA_EXPR_DATA);
    put_data();
    mnl_attr_nest_end(m, data);
    mnl_attr_nest_end(m, element);
  }
  static void compare(nlmsghdr* m, nft_cmp_ops operation, const void* with, size_t size) {
    expression(m, "cmp", [&] {
      put_be32(m, NFTA_CMP_SREG, NFT_REG_1);
      put_be32(m, NFTA_CMP_OP, operation);
      nlattr* data = mnl_attr_nest_start(m, NFTA_CMP_DATA);
      mnl_attr_put(m, NFTA_DATA_VALUE, size, with);
      mnl_attr_nest_end(m, data);
    });
  }

  alignas(nlmsghdr) char bytes_[4096] = {};  // the whole batch takes about 1,300
  size_t used_ = 0;
  uint32_t sequence_ = 0;
  uint32_t last_acknowledged_ = 0;
};

int make_table(NetlinkSocket& socket, const std::string& name, PortRange ports) {
  Batch batch;
  batch.table(name);
  batch.input_chain(name);
  for (const uint8_t protocol : {uint8_t{IPPROTO_TCP}, uint8_t{IPPROTO_UDP}, uint8_t{IPPROTO_SCTP}}) {
    batch.drop_rule(name, protocol, ports);
  }
  return batch.send(socket);
}

std::string refusal(const std::string& why, PortRange ports) {
  return fmt::format(
      "cannot keep the kernel from answering to our ports {}-{}: {}. Without that it resets what targets answer: open "
      "ports are still found, but a target sees a connection that is cut at once. To do it by hand:\n{}",
      ports.first, ports.last, why, KernelGuard::by_hand(ports));
}

std::string reason_text(int reason) {
  if (reason == EPERM) return "it needs root, or the capability CAP_NET_ADMIN";
  if (reason == EOPNOTSUPP || reason == EINVAL || reason == EAFNOSUPPORT) {
    return fmt::format("this kernel has no nftables with owned tables, which came with Linux 5.12 ({})",
                       std::strerror(reason));
  }
  return std::strerror(reason);
}

}  // namespace

tl::expected<KernelGuard, std::string> KernelGuard::raise(PortRange ports) {
  auto socket = NetlinkSocket::open(NETLINK_NETFILTER);
  if (!socket) return tl::make_unexpected(refusal(socket.error(), ports));
  auto held = std::make_unique<NetlinkSocket>(std::move(*socket));
  int reason = EEXIST;
  std::string table;
  // The name may be taken: processes of several PID namespaces may share a network, and a number with it. Of a table
  // with another owner the kernel says EPERM, as it does when we have no right at all.
  for (int i = 0; (reason == EEXIST || reason == EPERM) && i < kMostNames; ++i) {
    table = fmt::format("portolan_{}", getpid()) + (i == 0 ? "" : fmt::format("_{}", i));
    reason = make_table(*held, table, ports);
  }
  if (reason != 0) return tl::make_unexpected(refusal(reason_text(reason), ports));
  return KernelGuard(std::move(held), std::move(table), ports);
}

KernelGuard::KernelGuard(std::unique_ptr<NetlinkSocket> socket, std::string table, PortRange ports)
    : socket_(std::move(socket)), table_(std::move(table)), ports_(ports) {}
KernelGuard::KernelGuard(KernelGuard&&) noexcept = default;
KernelGuard::~KernelGuard() = default;

std::string KernelGuard::describe() const {
  return fmt::format(
      "the kernel drops what comes for our ports {}-{} by the nftables table 'inet {}', and removes it when this "
      "process ends",
      ports_.first, ports_.last, table_);
}

std::string KernelGuard::by_hand(PortRange ports) {
  return fmt::format(
      "  nft add table inet portolan\n"
      "  nft add chain inet portolan input '{{ type filter hook input priority {} ; }}'\n"
      "  nft add rule inet portolan input meta l4proto '{{ tcp, udp, sctp }}' th dport {}-{} drop\n"
      "  nft delete table inet portolan    # afterwards\n",
      kPriority, ports.first, ports.last);
}

}  // namespace portolan::host
