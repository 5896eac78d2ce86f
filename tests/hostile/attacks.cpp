#include "attacks.hpp"

#include <future>

#include "crypto/hash.hpp"

namespace nelumbo::hostile {

namespace {

constexpr std::chrono::seconds kWait{10};
constexpr size_t kMaxAnswer = 1 << 20;

struct Frame {
  std::string_view name;
  Bytes data;
};

Bytes nested(size_t depth) { return Bytes(depth, 0x81); }

Bytes request_of(std::vector<Cid> head, uint64_t length, uint64_t options) {
  net::ExchangeRequest request;
  request.head = std::move(head);
  request.length = length;
  request.options = options;
  return to_cbor(request);
}

std::vector<Frame> frames_of(const Target& target) {
  const auto good = request_of({target.genesis}, 1, net::exchange_option::kHeaders);
  auto truncated = good;
  truncated.resize(good.size() / 2);
  Bytes giant{0x5a, 0x00, 0xa0, 0x00, 0x00};  // a byte string of ten megabytes
  giant.resize(10 << 20);
  return {{"nothing", {}},
          {"one byte", {0x83}},
          {"garbage", random_bytes(500)},
          {"half a request", truncated},
          {"ten megabytes", std::move(giant)},
          {"a list that says it has 2^32 items", {0x83, 0x9a, 0xff, 0xff, 0xff, 0xff}},
          {"a byte string that says it has 2^63 bytes", {0x83, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
          {"lists in lists", nested(60'000)},
          {"no head", request_of({}, 1, 1)},
          {"a thousand heads", request_of(std::vector<Cid>(1000, target.genesis), 1, 1)},
          {"a length of 2^63", request_of({target.genesis}, uint64_t{1} << 63, 3)},
          {"no length", request_of({target.genesis}, 0, 3)},
          {"no option", request_of({target.genesis}, 1, 0)}};
}

}  // namespace

Result<JsonValue> flood(const Target& target, uint64_t count) {
  auto attacker = TRY(Attacker::connect(target));
  const std::array topics{net::blocks_topic(target.network), net::messages_topic(target.network)};
  TRY(attacker->publish(topics[0], random_bytes(100)));
  uint64_t sent = 0, refused = 0;
  for (uint64_t i = 0; i < count && attacker->connected(); ++i) {
    auto done = attacker->transport().publish(topics[i % 2], random_bytes(64 + i % 4000));
    ++(done ? sent : refused);
  }
  return JsonValue{
      {"peer", attacker->id()}, {"sent", sent}, {"refused", refused}, {"connected", attacker->connected()}};
}

Result<JsonValue> frames(const Target& target) {
  JsonValue out = JsonValue::array();
  for (auto protocol : {net::kHelloProtocol, net::kExchangeProtocol}) {
    for (auto& frame : frames_of(target)) {
      auto attacker = TRY(Attacker::connect(target));
      auto answer = attacker->transport().request(attacker->target(), std::string(protocol), std::move(frame.data),
                                                  kMaxAnswer, kWait);
      JsonValue said = nullptr;
      if (answer && protocol == net::kExchangeProtocol) {
        auto response = net::decode_exchange_response(*answer, net::kMaxExchangeLength);
        if (response) said = static_cast<uint64_t>(response->status);
      }
      out.push_back({{"protocol", protocol},
                     {"frame", frame.name},
                     {"peer", attacker->id()},
                     {"answered", answer.has_value()},
                     {"status", said},
                     {"error", answer ? "" : answer.error().message}});
    }
  }
  return out;
}

Result<JsonValue> requests(const Target& target, uint64_t count) {
  auto attacker = TRY(Attacker::connect(target));
  auto ask = [&] {
    auto data = request_of(target.head, net::kMaxExchangeLength,
                           net::exchange_option::kHeaders | net::exchange_option::kMessages);
    return attacker->transport().request(attacker->target(), std::string(net::kExchangeProtocol), std::move(data),
                                         64 << 20, std::chrono::seconds(60));
  };
  uint64_t answered = 0, refused = 0, bytes = 0;
  while (attacker->connected()) {
    std::vector<std::future<Result<Bytes>>> asked;
    for (uint64_t i = 0; i < count; ++i) asked.push_back(std::async(std::launch::async, ask));
    for (auto& each : asked) {
      auto answer = each.get();
      ++(answer ? answered : refused);
      if (answer) bytes += answer->size();
    }
    fmt::print("{{\"answered\":{},\"refused\":{},\"bytes\":{}}}\n", answered, refused, bytes);
    std::fflush(stdout);
  }
  return JsonValue{{"peer", attacker->id()}, {"answered", answered}, {"refused", refused}};
}

Result<std::vector<std::unique_ptr<Attacker>>> connections(const Target& target, uint64_t count) {
  std::vector<std::unique_ptr<Attacker>> out;
  for (uint64_t i = 0; i < count; ++i) {
    if (auto attacker = Attacker::connect(target)) out.push_back(*std::move(attacker));
  }
  return out;
}

}  // namespace nelumbo::hostile
