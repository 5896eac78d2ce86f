// Gossip and the peers it goes to.

#include "test_service.hpp"

namespace nelumbo::messager::testing {

namespace {

/// Keeps what is published, and is connected to whom it dials.
class TestTransport final : public p2p::Transport {
 public:
  p2p::PeerId id() const override { return "self"; }
  std::vector<std::string> listen_addresses() const override { return {}; }
  std::optional<p2p::Event> next(std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return !events_.empty(); });
    if (events_.empty()) return std::nullopt;
    auto out = std::move(events_.front());
    events_.erase(events_.begin());
    return out;
  }
  void close() override {}
  Result<p2p::PeerId> dial(const std::vector<std::string>& addresses, std::optional<p2p::PeerId> peer,
                           std::chrono::milliseconds) override {
    std::lock_guard lock(mutex_);
    if (addresses.empty() || !may_connect) return fail(ErrorCode::unavailable, "nobody there");
    connected_.insert(*peer);
    return *peer;
  }
  void disconnect(const p2p::PeerId&) override {}
  std::vector<p2p::PeerView> peers() const override {
    std::lock_guard lock(mutex_);
    std::vector<p2p::PeerView> out;
    for (const auto& peer : connected_) out.push_back({.id = peer});
    return out;
  }
  Result<Bytes> request(const p2p::PeerId&, const std::string&, Bytes, size_t, std::chrono::milliseconds) override {
    return fail(ErrorCode::unsupported, "no requests");
  }
  void respond(uint64_t, Bytes) override {}
  void refuse(uint64_t) override {}
  Result<> publish(const std::string& topic, Bytes data) override {
    std::lock_guard lock(mutex_);
    EXPECT_EQ(topic, "/fil/msgs/testchain");
    published_.push_back(must(from_cbor<SignedMessage>(data)));
    return {};
  }
  void judge(uint64_t gossip, p2p::Verdict verdict) override {
    std::lock_guard lock(mutex_);
    judged_.emplace_back(gossip, verdict);
  }
  std::vector<p2p::PeerScore> scores() const override { return {}; }
  void set_application_score(const p2p::PeerId&, double) override {}
  void protect(const p2p::PeerId& peer, bool) override {
    std::lock_guard lock(mutex_);
    protected_.insert(peer);
  }
  void block(const std::string&, bool) override {}
  Result<std::vector<std::string>> find_peer(const p2p::PeerId&, std::chrono::milliseconds) override {
    return fail(ErrorCode::not_found, "nobody knows");
  }
  void bootstrap() override {}
  Result<std::chrono::microseconds> ping(const p2p::PeerId&, std::chrono::milliseconds) override {
    return fail(ErrorCode::unsupported, "no ping");
  }
  p2p::Traffic traffic() const override { return {}; }
  p2p::Reachability reachability() const override { return p2p::Reachability::unknown; }
  Result<Bytes> fetch_block(const Cid&, std::chrono::milliseconds, const p2p::PeerId&) override {
    return fail(ErrorCode::not_found, "no blocks");
  }

  void happen(p2p::Event event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  std::vector<SignedMessage> published() const {
    std::lock_guard lock(mutex_);
    return published_;
  }
  std::set<p2p::PeerId> kept() const {
    std::lock_guard lock(mutex_);
    return protected_;
  }
  std::vector<std::pair<uint64_t, p2p::Verdict>> judged() const {
    std::lock_guard lock(mutex_);
    return judged_;
  }
  std::atomic<bool> may_connect = true;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<p2p::Event> events_;
  std::set<p2p::PeerId> connected_, protected_;
  std::vector<SignedMessage> published_;
  std::vector<std::pair<uint64_t, p2p::Verdict>> judged_;
};

class Gossip : public ServiceTest {
 protected:
  Gossip() {
    transport = net;
    config.topic = "/fil/msgs/testchain";
  }
  const std::shared_ptr<TestTransport> net = std::make_shared<TestTransport>();
};

TEST_F(Gossip, IsInNonceOrderAndAgainUntilOnChain) {
  chain->per_block = 0;
  start();
  ASSERT_TRUE(eventually([&] { return net->kept().contains("node1"); }));
  auto sender = new_sender();
  std::vector<SignedMessage> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(send(sender));
  ASSERT_TRUE(eventually([&] { return net->published().size() == 5; }));
  EXPECT_EQ(net->published(), sent);
  ASSERT_TRUE(wait_says(sent[0], "published"));
  // After two epochs, four more, eight more …
  ASSERT_TRUE(mine_until([&] { return net->published().size() >= 15; }));
  EXPECT_GE(height(), 6);
  auto all = net->published();
  EXPECT_EQ(all[5], sent[0]);
  EXPECT_EQ(all[9], sent[4]);
  {
    std::lock_guard lock(chain->mutex);
    chain->per_block = 10;
  }
  ASSERT_TRUE(mine_until([&] { return must(book->pending_summary()).empty(); }));
  const auto count = net->published().size();
  for (int i = 0; i < 70; ++i) mine();
  ASSERT_TRUE(eventually([&] { return must(service->status()).height >= height(); }));
  EXPECT_EQ(net->published().size(), count);
}

TEST_F(Gossip, WithoutPeersDoesNotCountAsPublished) {
  net->may_connect = false;
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  EXPECT_TRUE(net->published().empty());
  net->may_connect = true;
  service->report_peers({{"friend", {"/ip4/10.0.0.2/tcp/1"}}, {"self", {"/ip4/10.0.0.3/tcp/1"}}});
  ASSERT_TRUE(eventually([&] { return net->published().size() == 1; }));
  EXPECT_EQ(net->kept(), (std::set<p2p::PeerId>{"friend", "node1"}));
  EXPECT_EQ(must(service->status()).peers, 2);
}

TEST_F(Gossip, OfOthersIsNotPassedOn) {
  start();
  net->happen(p2p::events::Gossip{7, "node1", "/fil/msgs/testchain", Bytes{1}});
  ASSERT_TRUE(eventually([&] { return !net->judged().empty(); }));
  EXPECT_EQ(net->judged().front(), std::pair(uint64_t{7}, p2p::Verdict::ignore));
}

}  // namespace

}  // namespace nelumbo::messager::testing
