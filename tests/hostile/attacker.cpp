#include "attacker.hpp"

#include "types/block.hpp"

namespace nelumbo::hostile {

namespace {

constexpr std::chrono::seconds kDial{15}, kAnswer{10};
constexpr std::chrono::milliseconds kPublishAgain{50};
constexpr int kPublishTimes = 8;

/// Looks an hour behind; that is no lie that costs anything.
Bytes hello_of(const Target& target) {
  net::Hello hello;
  hello.head = {target.genesis};
  hello.weight = 0;
  hello.genesis = target.genesis;
  return to_cbor(hello);
}

}  // namespace

Result<std::unique_ptr<Attacker>> Attacker::connect(const Target& target) {
  auto out = std::unique_ptr<Attacker>(new Attacker());
  p2p::HostConfig config;
  config.identity = TRY(p2p::new_identity());
  config.listen = {"/ip4/127.0.0.1/tcp/0"};
  config.agent = "nelumbo-hostile";
  config.topics = {{net::blocks_topic(target.network), {}}, {net::messages_topic(target.network), {}}};
  config.protocols = {std::string(net::kHelloProtocol), std::string(net::kExchangeProtocol)};
  config.block_source = [offered = out->offered_](const Cid& cid) -> std::optional<Bytes> {
    std::lock_guard lock(offered->mutex);
    auto found = offered->blocks.find(cid);
    return found == offered->blocks.end() ? std::nullopt : std::optional(found->second);
  };
  out->transport_ = TRY_IN("starting a host", p2p::start_libp2p(std::move(config)));
  out->id_ = out->transport_->id();
  out->pump_ = std::thread([raw = out.get()] { raw->pump(); });
  out->target_ = TRY_IN("dialling the target", out->transport_->dial(target.addresses, std::nullopt, kDial));
  TRY_IN("hello", out->say_hello(target));
  return out;
}

Attacker::~Attacker() {
  over_ = true;
  if (transport_) transport_->close();
  if (pump_.joinable()) pump_.join();
}

Result<> Attacker::say_hello(const Target& target) {
  TRY(transport_->request(target_, std::string(net::kHelloProtocol), hello_of(target), 1 << 16, kAnswer));
  return {};
}

/// Answers what must be answered, and passes nothing on.
void Attacker::pump() {
  constexpr std::chrono::milliseconds kWait{200};
  while (!over_) {
    auto event = transport_->next(kWait);
    if (!event) continue;
    if (auto* gossip = std::get_if<p2p::events::Gossip>(&*event)) {
      transport_->judge(gossip->id, p2p::Verdict::ignore);
    } else if (auto* request = std::get_if<p2p::events::Request>(&*event)) {
      if (request->protocol == net::kHelloProtocol) {
        transport_->respond(request->id, to_cbor(net::HelloAnswer{1, 1}));
      } else {
        transport_->refuse(request->id);
      }
    }
  }
}

void Attacker::offer(Bytes block) {
  auto cid = Cid::of(block);
  std::lock_guard lock(offered_->mutex);
  offered_->blocks.emplace(std::move(cid), std::move(block));
}

Result<> Attacker::publish(const std::string& topic, const Bytes& data) {
  // The target may not have told yet what it subscribes to, and then nobody is sent anything; what was sent goes once only.
  Result<> sent;
  for (int i = 0; i < kPublishTimes && connected(); ++i) {
    sent = transport_->publish(topic, data);
    std::this_thread::sleep_for(kPublishAgain);
  }
  return sent;
}

bool Attacker::connected() const {
  for (const auto& peer : transport_->peers()) {
    if (peer.id == target_) return true;
  }
  return false;
}

}  // namespace nelumbo::hostile
