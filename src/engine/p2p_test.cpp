// Hosts of libp2p in one process, over loopback: connections, requests, gossip, the block list, bitswap, the DHT.
#include "engine/p2p.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "codec/cbor.hpp"
#include "engine/p2p_wire.hpp"

using namespace nelumbo;
using namespace nelumbo::p2p;
using namespace std::chrono_literals;

namespace {

constexpr auto kLong = 30s;
const std::string kEcho = "/test/echo/1.0.0";
const std::string kTopic = "/test/topic";

/// A CBOR byte string of n bytes, n below 65536.
Bytes item(size_t n, uint8_t fill = 7) {
  Bytes out{0x59, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)};
  out.insert(out.end(), n, fill);
  return out;
}

HostConfig config(const std::string& listen = "/ip4/127.0.0.1/tcp/0") {
  HostConfig out;
  out.identity = must(new_identity());
  out.listen = {listen};
  out.agent = "nelumbo-test";
  out.protocols = {kEcho};
  Topic topic{.name = kTopic};
  topic.score.weight = 0.1;
  topic.score.invalid_weight = -1000;
  topic.score.invalid_decay = 0.99;
  out.topics = {topic};
  return out;
}

std::unique_ptr<Transport> start(HostConfig from = config()) { return must(start_libp2p(std::move(from))); }

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

/// The next event of this kind that the condition holds for; others on the way are dropped. Nullopt when there is none
/// in time.
template <class E>
std::optional<E> await(
    Transport& host, std::function<bool(const E&)> wanted = [](const E&) { return true; },
    std::chrono::milliseconds wait = kLong) {
  auto end = std::chrono::steady_clock::now() + wait;
  while (true) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auto event = host.next(std::max(left, 0ms));
    if (!event) return std::nullopt;
    if (auto* found = std::get_if<E>(&*event); found && wanted(*found)) return *found;
  }
}

/// Whether the condition comes true before long.
bool eventually(const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

void connect(Transport& from, Transport& to) {
  ASSERT_EQ(must(from.dial(to.listen_addresses(), to.id(), kLong)), to.id());
}

bool connected(const Transport& host, const PeerId& peer) {
  for (const auto& view : host.peers()) {
    if (view.id == peer) return true;
  }
  return false;
}

/// Answers every request with what it says, on a thread of its own.
class Answering {
 public:
  Answering(Transport& host, std::function<void(Transport&, const events::Request&)> answer)
      : thread_([&host, answer, this] {
          while (!stop_) {
            auto event = host.next(50ms);
            if (!event) continue;
            if (auto* request = std::get_if<events::Request>(&*event)) answer(host, *request);
          }
        }) {}
  ~Answering() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void echo(Transport& host, const events::Request& request) { host.respond(request.id, request.data); }

TEST(Wire, ItemsEndWhereTheyEnd) {
  CborWriter writer;
  writer.array(4);
  writer.text("some text");
  writer.map(1);
  writer.uint(1000);
  writer.array(0);
  writer.cid(Cid::of(to_bytes("x")));
  writer.bytes(Bytes(300, 1));
  Bytes data = writer.out, longer = data;
  longer.push_back(0x01);
  for (size_t piece : {1, 2, 7, 1000}) {
    EXPECT_EQ(must(wire::item_end(longer, piece, 1000)), data.size());
    EXPECT_EQ(must(wire::item_end(BytesView(data).first(data.size() - 1), piece, 1000)), 0u);
    EXPECT_FALSE(wire::item_end(data, piece, data.size() - 1));
  }
  EXPECT_FALSE(wire::item_end(must(from_hex("9fff")), 1, 100));                // a list of indefinite length
  EXPECT_FALSE(wire::item_end(must(from_hex("5bffffffffffffffff")), 1, 100));  // a string of 2^64 - 1 bytes
  EXPECT_FALSE(wire::item_end(must(from_hex("bbffffffffffffffff")), 1, 100));  // a map of as many pairs
  EXPECT_FALSE(wire::item_end(Bytes(40, 0x81), 1, 100));                       // lists in lists
}

TEST(Wire, BitswapBlocksAreNamedByTheirBytes) {
  // payload { prefix: CIDv1, raw, blake2b-256, 32 bytes; data: "hi" }
  Bytes message = must(from_hex("1a0c0a060155a0e402201202")), data = to_bytes("hi");
  message.insert(message.end(), data.begin(), data.end());
  EXPECT_EQ(must(wire::bitswap_blocks(message)), std::vector{Cid::of(data, multicodec::kRaw)});
  EXPECT_FALSE(wire::bitswap_blocks(BytesView(message).first(5)));
  Bytes many;  // wants that are two bytes each
  for (int i = 0; i < 5000; ++i) many.insert(many.end(), {0x0a, 0x02, 0x0a, 0x00});
  EXPECT_FALSE(wire::bitswap_blocks(many));
}

TEST(Identity, GivesTheSameIdEachTime) {
  // The private key of libp2p's specification of peer ids (Ed25519).
  Bytes key = must(from_hex(
      "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3"
      "b34b871c3cacf6010f0e42d474fce27e"));
  PeerId id = must(peer_id_of(key));
  EXPECT_TRUE(id.starts_with("12D3KooW")) << id;
  EXPECT_EQ(must(peer_id_of(key)), id);
  EXPECT_NE(must(peer_id_of(must(new_identity()))), must(peer_id_of(must(new_identity()))));
  EXPECT_FALSE(peer_id_of(Bytes{1, 2, 3}));

  auto own = config();
  own.identity = key;
  EXPECT_EQ(start(own)->id(), id);
}

class Connections : public testing::TestWithParam<std::string> {};

TEST_P(Connections, IdentifyAndAnswerEachOther) {
  auto a = start(config(GetParam())), b = start(config(GetParam()));
  ASSERT_EQ(b->listen_addresses().size(), 1u);
  connect(*a, *b);
  auto out = await<events::Connected>(*a);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->peer, b->id());
  EXPECT_EQ(out->direction, Direction::outbound);
  auto who = await<events::Identified>(*a);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->agent, "nelumbo-test");
  EXPECT_TRUE(has(who->protocols, kEcho));
  EXPECT_TRUE(has(who->addresses, b->listen_addresses()[0]));
  auto in = await<events::Connected>(*b);
  ASSERT_TRUE(in);
  EXPECT_EQ(in->peer, a->id());
  EXPECT_EQ(in->direction, Direction::inbound);

  auto peers = a->peers();
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_EQ(peers[0].id, b->id());
  EXPECT_EQ(peers[0].agent, "nelumbo-test");
  EXPECT_EQ(peers[0].addresses, b->listen_addresses());

  Answering of_a(*a, echo), of_b(*b, echo);
  EXPECT_EQ(must(a->request(b->id(), kEcho, item(10), 1000, kLong)), item(10));
  EXPECT_EQ(must(b->request(a->id(), kEcho, item(60000), 70000, kLong)), item(60000));
  EXPECT_GT(must(a->ping(b->id(), kLong)).count(), 0);
  EXPECT_GT(a->traffic().total_in, 60000u);
  EXPECT_GT(b->traffic().total_out, 60000u);
}

INSTANTIATE_TEST_SUITE_P(Transports, Connections,
                         testing::Values("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"),
                         [](const auto& info) { return info.param.ends_with("tcp/0") ? "Tcp" : "Quic"; });

TEST(Dial, TakesTheIdFromTheAddress) {
  auto a = start(), b = start(), c = start();
  std::string address = b->listen_addresses()[0];
  EXPECT_EQ(must(a->dial({address + "/p2p/" + b->id()}, std::nullopt, kLong)), b->id());
  EXPECT_EQ(must(c->dial({"/ip4/127.0.0.1/tcp/1", address}, std::nullopt, kLong)), b->id());
  EXPECT_EQ(a->dial({address + "/p2p/" + b->id()}, c->id(), kLong).error().code, ErrorCode::invalid);
  EXPECT_EQ(a->dial({"nonsense"}, std::nullopt, kLong).error().code, ErrorCode::invalid);
  EXPECT_EQ(a->dial({}, a->id(), kLong).error().code, ErrorCode::invalid);
  EXPECT_EQ(a->dial({address}, c->id(), kLong).error().code, ErrorCode::unavailable);  // somebody else is there
  auto refused = a->dial({"/ip4/127.0.0.1/tcp/1"}, c->id(), kLong);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("refused"), std::string::npos) << refused.error().message;
}

TEST(Dial, FailsToStartWhereNobodyCanListen) {
  EXPECT_FALSE(start_libp2p(config("/ip4/203.0.113.1/tcp/0")));
  EXPECT_FALSE(start_libp2p(config("nonsense")));
}

TEST(Requests, KeepTheirLimits) {
  auto server = config();
  server.max_request_bytes = 100;
  auto a = start(), b = start(server);
  connect(*a, *b);
  EXPECT_EQ(a->request(b->id(), "/test/unknown", item(1), 1000, kLong).error().code, ErrorCode::unsupported);
  EXPECT_EQ(a->request(must(peer_id_of(must(new_identity()))), kEcho, item(1), 1000, kLong).error().code,
            ErrorCode::unavailable);
  // Nobody answers.
  EXPECT_EQ(a->request(b->id(), kEcho, item(1), 1000, 200ms).error().code, ErrorCode::cancelled);
  {
    Answering large(*b, [](Transport& host, const events::Request& request) { host.respond(request.id, item(2000)); });
    EXPECT_EQ(a->request(b->id(), kEcho, item(1), 1000, kLong).error().code, ErrorCode::exhausted);
    EXPECT_EQ(must(a->request(b->id(), kEcho, item(1), 2003, kLong)), item(2000));
    EXPECT_EQ(a->request(b->id(), kEcho, item(101), 10000, kLong).error().code, ErrorCode::unavailable);
    Bytes endless(200, 0x81);  // lists in lists
    EXPECT_EQ(a->request(b->id(), kEcho, endless, 10000, kLong).error().code, ErrorCode::unavailable);
  }
  {
    Answering not_at_all(*b, [](Transport& host, const events::Request& request) { host.refuse(request.id); });
    EXPECT_EQ(a->request(b->id(), kEcho, item(1), 1000, kLong).error().code, ErrorCode::unavailable);
  }
}

TEST(Requests, BeyondTheNumberServedAreReset) {
  auto server = config();
  server.max_requests_in_flight = 1;
  auto a = start(), b = start(server);
  connect(*a, *b);
  std::thread first([&] { EXPECT_EQ(must(a->request(b->id(), kEcho, item(1), 100, kLong)), item(1)); });
  auto waiting = await<events::Request>(*b);
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->from, a->id());
  EXPECT_EQ(waiting->protocol, kEcho);
  EXPECT_EQ(a->request(b->id(), kEcho, item(2), 100, kLong).error().code, ErrorCode::unavailable);
  b->respond(waiting->id, waiting->data);
  first.join();
}

/// a – b – c: what a publishes reaches c only through b.
class GossipLine : public testing::Test {
 protected:
  void SetUp() override {
    connect(*a, *b);
    connect(*c, *b);
    // Subscriptions have to be told and the mesh to be made; until then messages get lost.
    for (int i = 0;; ++i) {
      ASSERT_LT(i, 300) << "no gossip comes through";
      ASSERT_TRUE(a->publish(kTopic, to_bytes("warm " + std::to_string(i))));
      if (auto heard = await<events::Gossip>(
              *b, [](auto&) { return true; }, 100ms))
        b->judge(heard->id, Verdict::accept);
      if (await<events::Gossip>(
              *c, [](auto&) { return true; }, 100ms))
        break;
    }
  }

  static std::optional<events::Gossip> hear(Transport& host) {
    return await<events::Gossip>(host, [](const auto& gossip) { return !as_text(gossip.data).starts_with("warm"); });
  }
  double score_of_a() {
    for (const auto& each : b->scores()) {
      if (each.id == a->id()) return each.score;
    }
    return 0;
  }

  std::unique_ptr<Transport> a = start(), b = start(), c = start();
};

TEST_F(GossipLine, PassesOnWhatWasAccepted) {
  std::vector<std::pair<std::string, Verdict>> all{
      {"ignored", Verdict::ignore}, {"rejected", Verdict::reject}, {"accepted", Verdict::accept}};
  for (const auto& [data, verdict] : all) {
    ASSERT_TRUE(a->publish(kTopic, to_bytes(data)));
    ASSERT_TRUE(a->publish(kTopic, to_bytes(data)));  // the second is a duplicate
    auto heard = hear(*b);
    ASSERT_TRUE(heard);
    EXPECT_EQ(as_text(heard->data), data);
    EXPECT_EQ(heard->topic, kTopic);
    EXPECT_EQ(heard->from, a->id());
    EXPECT_GE(score_of_a(), verdict == Verdict::accept ? -1e9 : 0);
    b->judge(heard->id, verdict);
  }
  auto passed = hear(*c);
  ASSERT_TRUE(passed);
  EXPECT_EQ(as_text(passed->data), "accepted");
  EXPECT_EQ(passed->from, b->id());
  EXPECT_LT(score_of_a(), 0);
  EXPECT_FALSE(a->publish(kTopic, Bytes(2 << 20)));
}

TEST_F(GossipLine, CountsWhatIsSaidFromAbove) {
  b->set_application_score(a->id(), 123);
  ASSERT_TRUE(eventually([&] { return score_of_a() >= 123; }));
  auto scores = b->scores();
  auto of_a = std::ranges::find(scores, a->id(), &PeerScore::id);
  ASSERT_NE(of_a, scores.end());
  EXPECT_EQ(of_a->application, 123);
}

TEST(Limits, BlockedPeersAndSubnetsStayOutside) {
  auto a = start(), b = start();
  connect(*a, *b);
  // Events that nobody has taken yet cancel each other out.
  ASSERT_TRUE(await<events::Connected>(*a));
  ASSERT_TRUE(await<events::Connected>(*b));
  b->block(a->id(), true);
  ASSERT_TRUE(await<events::Disconnected>(*b));
  ASSERT_TRUE(await<events::Disconnected>(*a));
  EXPECT_EQ(b->dial(a->listen_addresses(), a->id(), kLong).error().code, ErrorCode::unavailable);
  // The handshake is over before b knows who it is: a may be connected for a moment.
  if (a->dial(b->listen_addresses(), b->id(), kLong)) {
    ASSERT_TRUE(eventually([&] { return !connected(*a, b->id()); }));
  }
  EXPECT_FALSE(connected(*b, a->id()));

  b->block(a->id(), false);
  connect(*b, *a);
  b->block("127.0.0.0/8", true);
  ASSERT_TRUE(eventually([&] { return !connected(*b, a->id()); }));
  EXPECT_FALSE(a->dial(b->listen_addresses(), b->id(), kLong));
  EXPECT_FALSE(b->dial(a->listen_addresses(), a->id(), kLong));
  b->block("127.0.0.0/8", false);
  b->block("10.0.0.0/8", true);
  connect(*b, *a);
}

TEST(Limits, ProtectedPeersMayExceedThem) {
  auto full = config();
  full.max_connections = 1;
  auto a = start(full), b = start(), c = start();
  connect(*b, *a);
  ASSERT_TRUE(eventually([&] { return connected(*a, b->id()); }));
  EXPECT_EQ(a->dial(c->listen_addresses(), c->id(), kLong).error().code, ErrorCode::unavailable);
  a->protect(c->id(), true);
  connect(*a, *c);
  EXPECT_EQ(a->peers().size(), 2u);
}

TEST(Limits, SoManyComeInPerSecond) {
  auto slow = config();
  slow.max_incoming_per_second = 1;
  auto a = start(slow);
  std::vector<std::unique_ptr<Transport>> others;
  size_t refused = 0;
  for (int i = 0; i < 4; ++i) {
    others.push_back(start());
    refused += !others.back()->dial(a->listen_addresses(), a->id(), kLong).has_value();
  }
  EXPECT_GT(refused, 0u);
  EXPECT_LT(refused, 4u);
}

TEST(Limits, IdleConnectionsEndUnlessProtected) {
  auto quiet = config();
  quiet.topics.clear();  // streams of gossip keep a connection open
  auto hasty = quiet;
  hasty.idle_timeout = 1s;
  auto another = [&] {
    quiet.identity = must(new_identity());
    return start(quiet);
  };
  auto b = another(), c = another(), a = start(hasty);
  a->protect(b->id(), true);
  connect(*a, *b);
  connect(*a, *c);
  auto gone = await<events::Disconnected>(*a);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->peer, c->id());
  ASSERT_EQ(a->peers().size(), 1u);
  EXPECT_TRUE(a->peers()[0].protected_);
}

TEST(Bitswap, FetchesFromWhoHasIt) {
  Bytes data = to_bytes("a block"), large(600000, 3);
  Cid cid = Cid::of(data), large_cid = Cid::of(large, multicodec::kRaw), missing = Cid::of(to_bytes("not there"));
  auto rich = config();
  rich.block_source = [&](const Cid& wanted) -> std::optional<Bytes> {
    if (wanted == cid) return data;
    if (wanted == large_cid) return large;
    return std::nullopt;
  };
  auto a = start(), b = start(rich), c = start();
  EXPECT_EQ(a->fetch_block(cid, kLong).error().code, ErrorCode::not_found);
  connect(*a, *b);
  connect(*a, *c);
  EXPECT_EQ(must(a->fetch_block(cid, kLong)), data);
  EXPECT_EQ(must(a->fetch_block(large_cid, kLong)), large);
  EXPECT_EQ(a->fetch_block(missing, kLong).error().code, ErrorCode::not_found);
}

TEST(Bitswap, AsksTheLikelyPeerHoweverManyThereAre) {
  Bytes data = to_bytes("a block");
  Cid cid = Cid::of(data);
  auto rich = config();
  rich.block_source = [&](const Cid&) { return std::optional(data); };
  auto a = start(), b = start(rich);
  std::vector<std::unique_ptr<Transport>> poor;
  for (int i = 0; i < 60; ++i) {
    poor.push_back(start());
    connect(*a, *poor.back());
  }
  connect(*a, *b);
  EXPECT_EQ(must(a->fetch_block(cid, kLong, b->id())), data);
}

TEST(Kademlia, FindsAPeerThroughAnother) {
  auto with_kad = [] {
    auto out = config();
    out.kad_protocol = "/fil/kad/test/kad/1.0.0";
    return out;
  };
  auto a = start(with_kad()), b = start(with_kad()), c = start(with_kad());
  connect(*a, *c);
  connect(*b, *c);
  // c knows where b listens once it has been told.
  ASSERT_TRUE(await<events::Identified>(*c, [&](const auto& who) { return who.peer == b->id(); }));
  std::vector<std::string> found;
  ASSERT_TRUE(eventually([&] {
    auto addresses = a->find_peer(b->id(), kLong);
    if (addresses) found = *addresses;
    return addresses.has_value();
  }));
  EXPECT_TRUE(has(found, b->listen_addresses()[0]));
  a->bootstrap();
  EXPECT_EQ(a->find_peer(must(peer_id_of(must(new_identity()))), kLong).error().code, ErrorCode::not_found);
  EXPECT_EQ(a->find_peer("nonsense", kLong).error().code, ErrorCode::invalid);
}

TEST(Reachability, IsFoundOutByDialBack) {
  auto devnet = [] {
    auto out = config();
    out.private_network = true;
    return out;
  };
  auto a = start(devnet()), b = start(devnet());
  EXPECT_EQ(a->reachability(), Reachability::unknown);
  connect(*a, *b);
  EXPECT_TRUE(eventually([&] { return a->reachability() == Reachability::reachable; }));
}

TEST(Close, EndsWhatWaits) {
  auto a = start(), b = start();
  connect(*a, *b);
  ASSERT_TRUE(await<events::Request>(
                  *b, [](auto&) { return true; }, 0ms) == std::nullopt);
  std::vector<std::thread> waiting;
  waiting.emplace_back([&] {
    while (a->next(1h)) {
    }
  });
  waiting.emplace_back(
      [&] { EXPECT_EQ(a->request(b->id(), kEcho, item(1), 100, 1h).error().code, ErrorCode::cancelled); });
  waiting.emplace_back([&] {  // a test address that nothing answers from
    EXPECT_FALSE(a->dial({"/ip4/203.0.113.1/udp/1/quic-v1"}, std::nullopt, 1h));
  });
  ASSERT_TRUE(await<events::Request>(*b));
  auto start_of_close = std::chrono::steady_clock::now();
  a->close();
  for (auto& thread : waiting) thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start_of_close, 10s);
  EXPECT_TRUE(await<events::Disconnected>(*b));

  EXPECT_FALSE(a->next(1h));
  EXPECT_EQ(a->request(b->id(), kEcho, item(1), 100, kLong).error().code, ErrorCode::cancelled);
  EXPECT_EQ(a->dial(b->listen_addresses(), b->id(), kLong).error().code, ErrorCode::cancelled);
  EXPECT_EQ(a->fetch_block(Cid::of(item(1)), kLong).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(a->scores().empty());
  a->close();
}

}  // namespace
