#include "hello.hpp"

#include "base/log.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
constexpr std::chrono::seconds kWait{10};
constexpr size_t kMaxAnswerBytes = 64;
constexpr std::chrono::minutes kOtherNetworkBan{15};

int64_t unix_nanoseconds(TimePoint time) { return time.time_since_epoch().count(); }

}  // namespace

Result<Hello> HelloService::own_hello() {
  auto head = store_.heaviest();
  if (!head) return fail(ErrorCode::not_found, "there is no chain yet");
  Hello hello;
  hello.head = head->cids();
  hello.height = head->height();
  auto weight = store_.weight(*head);
  // The state of a head just imported may lack the power table; its parent's weight is in the header.
  hello.weight = weight ? *weight : head->parent_weight();
  hello.genesis = TRY(store_.genesis())->cids().front();
  return hello;
}

void HelloService::say(const PeerId& peer) {
  auto hello = own_hello();
  if (!hello) return log_debug(kPart, "no hello to say: {}", hello.error().message);
  const auto start = std::chrono::steady_clock::now();
  auto data = transport_.request(peer, std::string(kHelloProtocol), to_cbor(*hello), kMaxAnswerBytes, kWait);
  if (!data) return log_debug(kPart, "peer {}: no answer to hello: {}", peer, data.error().message);
  // The answer's own clock readings are for its sender's use; what counts here is that it came.
  if (auto answer = decode_hello_answer(*data); !answer)
    return peers_.offend(peer, Offence::malformed, fmt::format("answer to hello: {}", answer.error().message));
  const auto took = std::chrono::steady_clock::now() - start;
  peers_.noted_latency(peer,
                       std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(took)));
}

void HelloService::heard(const p2p::events::Request& request, TimePoint arrival) {
  auto hello = decode_hello(request.data);
  if (!hello) {
    transport_.refuse(request.id);
    return peers_.offend(request.from, Offence::malformed, fmt::format("hello: {}", hello.error().message));
  }
  auto genesis = store_.genesis();
  if (!genesis) return transport_.refuse(request.id);
  if (hello->genesis != (*genesis)->cids().front()) {
    transport_.refuse(request.id);
    return peers_.ban(request.from, kOtherNetworkBan, fmt::format("its genesis is {}", hello->genesis.str()));
  }
  transport_.respond(request.id, to_cbor(HelloAnswer{unix_nanoseconds(arrival), unix_nanoseconds(clock_->now())}));
  peers_.noted_hello(request.from, TipsetKey{hello->head}, hello->height, hello->weight);
  log_info(kPart, "peer {} says hello: head at epoch {}", request.from, hello->height);
  take_head(request.from, *hello);
}

void HelloService::take_head(const PeerId& peer, const Hello& hello) {
  if (hello.height <= 0 || hello.head.empty()) return;
  const TipsetKey key{hello.head};
  exchange_.hint(key, peer);
  auto tipset = store_.load_tipset(key);
  if (!tipset) {
    auto fetched = exchange_.headers_from(peer, key, 1);
    if (!fetched) return log_debug(kPart, "peer {}: its head was not to be had: {}", peer, fetched.error().message);
    tipset = std::move(fetched->front());
  }
  head_heard_(peer, *std::move(tipset));
}

}  // namespace nelumbo::net
