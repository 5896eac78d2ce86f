#include "net/connections.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "keeper.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
constexpr std::chrono::milliseconds kEventWait{200};
constexpr std::chrono::seconds kTick{1};
const Bytes kBlockListKey = to_bytes("list");

}  // namespace

struct Connections::State {
  explicit State(ConnectionParts given)
      : parts(std::move(given)),
        transport(*parts.transport),
        peers(transport, parts.policy, parts.clock),
        keeper(transport, peers, parts.clock, [this](std::function<void()> work) { dialers.post(std::move(work)); }) {}

  void read_blocked() {
    if (!parts.kv) return;
    auto stored = parts.kv->get(kBlockListSpace, kBlockListKey);
    auto list = stored && *stored ? from_cbor<BlockList>(**stored) : BlockList();
    if (!stored || !list) log_error(kPart, "the list of blocked peers cannot be read");
    if (list) peers.block(*list, true);
  }

  /// What the configuration says is read anew at each start and not kept.
  Result<> keep_blocked() {
    if (!parts.kv) return {};
    auto list = peers.blocked();
    std::erase_if(list.peers, [this](const PeerId& peer) {
      return std::ranges::find(parts.policy.blacklist, peer) != parts.policy.blacklist.end();
    });
    return parts.kv->put(kBlockListSpace, kBlockListKey, to_cbor(list));
  }

  Result<> change_blocked(const BlockList& what, bool on) {
    std::lock_guard lock(blocklist_mutex);
    peers.block(what, on);
    return keep_blocked();
  }

  void note(p2p::Event& event) {
    if (auto* connected = std::get_if<p2p::events::Connected>(&event)) peers.connected(*connected);
    if (auto* gone = std::get_if<p2p::events::Disconnected>(&event)) peers.disconnected(gone->peer);
    if (auto* identified = std::get_if<p2p::events::Identified>(&event)) peers.identified(*identified);
  }

  void decline(const p2p::Event& event) {
    if (auto* gossip = std::get_if<p2p::events::Gossip>(&event)) transport.judge(gossip->id, p2p::Verdict::ignore);
    if (auto* request = std::get_if<p2p::events::Request>(&event)) transport.refuse(request->id);
  }

  ConnectionParts parts;
  p2p::Transport& transport;
  Peers peers;
  Keeper keeper;
  std::mutex blocklist_mutex;
  ThreadPool dialers{2};  // below what its work uses: it ends first
  std::mutex stopping;
  bool stopped = false;
  std::jthread events, ticks;
};

Connections::Connections(ConnectionParts parts) : state_(std::make_unique<State>(std::move(parts))) {}

Connections::~Connections() { stop(); }

void Connections::start(std::function<void(p2p::Event&)> next) {
  state_->read_blocked();
  state_->events = std::jthread([this, next = std::move(next)](std::stop_token stop) {
    while (!stop.stop_requested()) {
      auto event = state_->transport.next(kEventWait);
      if (!event) continue;
      state_->note(*event);
      next ? next(*event) : state_->decline(*event);
    }
  });
  state_->ticks = std::jthread([this](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      state_->keeper.tick();
      never.wait_for(lock, stop, kTick, [] { return false; });
    }
  });
}

void Connections::stop() {
  std::lock_guard lock(state_->stopping);
  if (std::exchange(state_->stopped, true)) return;
  state_->events.request_stop();
  state_->ticks.request_stop();
  state_->transport.close();
  if (state_->events.joinable()) state_->events.join();
  if (state_->ticks.joinable()) state_->ticks.join();
}

p2p::Transport& Connections::transport() { return state_->transport; }
Peers& Connections::known() { return state_->peers; }

std::vector<PeerRecord> Connections::peers() const { return state_->peers.connected_peers(); }
std::optional<PeerRecord> Connections::peer(const PeerId& peer) const { return state_->peers.find(peer); }
std::map<std::string, int64_t> Connections::merits(const PeerId& peer) const { return state_->peers.merits(peer); }

Result<> Connections::block(const BlockList& what) { return state_->change_blocked(what, true); }
Result<> Connections::unblock(const BlockList& what) { return state_->change_blocked(what, false); }
BlockList Connections::barred() const { return state_->peers.barred(); }
void Connections::protect(const PeerId& peer, bool on) { state_->peers.protect(peer, on); }
std::vector<PeerId> Connections::protected_peers() const { return state_->peers.protected_list(); }
void Connections::set_limits(size_t low, size_t high) { state_->peers.set_limits(low, high); }
PeerPolicy Connections::policy() const { return state_->peers.policy(); }

}  // namespace nelumbo::net
