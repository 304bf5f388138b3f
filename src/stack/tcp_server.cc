// SPDX-License-Identifier: Apache-2.0
#include "stack/tcp_server.h"

#include "stack/tcp_core.h"

namespace portolan::stack {

TcpServer::TcpServer(const TcpLimits& limits, TcpEvents& events, TcpOutput& output)
    : core_(std::make_unique<Core>(limits, events, output)) {}
TcpServer::~TcpServer() = default;

std::optional<TcpId> TcpServer::find(const TcpPeer& peer) const { return core_->find(peer); }
bool TcpServer::takes_new_syn(TcpId id) const { return core_->at(id).state == TcpConnection::State::kLinger; }

void TcpServer::on_segment(TcpId id, const wire::TcpView& segment, base::Nanos now) {
  core_->on_segment(id, segment, now);
}

TcpId TcpServer::enter(const TcpPeer& peer, const wire::TcpView& ack, const wire::SynOffer& offer, base::Nanos now) {
  return core_->enter(peer, ack, offer, now);
}

size_t TcpServer::send(TcpId id, base::Bytes bytes, base::Nanos now) { return core_->send(id, bytes, now); }
void TcpServer::close(TcpId id, base::Nanos now) { core_->close(id, now); }
void TcpServer::abort(TcpId id, base::Nanos now) { core_->abort(id, now); }
void TcpServer::drop(TcpId id, TcpEnd how) { core_->drop(id, how); }
void TcpServer::grant(TcpId id, uint32_t bytes, base::Nanos now) { core_->grant(id, bytes, now); }

void TcpServer::on_time(base::Nanos now) { core_->on_time(now); }
std::optional<base::Nanos> TcpServer::next_deadline() const { return core_->next_deadline(); }

const TcpPeer& TcpServer::peer(TcpId id) const { return core_->at(id).peer; }
const TcpTally& TcpServer::tally(TcpId id) const { return core_->at(id).tally; }
size_t TcpServer::size() const { return core_->size(); }
uint64_t TcpServer::evicted() const { return core_->evicted(); }
uint64_t TcpServer::out_of_order_dropped() const { return core_->out_of_order_dropped(); }
void TcpServer::shut_down() { core_->shut_down(); }

}  // namespace portolan::stack
