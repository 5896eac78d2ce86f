#include <atomic>

#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "chain/drand.hpp"
#include "chain/http_get.hpp"
#include "crypto/hash.hpp"

namespace nelumbo::chain {

namespace {

constexpr auto kDeadline = std::chrono::milliseconds(5000);
constexpr int kTries = 2;  ///< of every server

Result<BeaconEntry> parse_round(const HttpResponse& response, uint64_t round) {
  if (response.status == 404 || response.status == 425) {
    return fail(ErrorCode::unavailable, "round {} does not exist yet", round);
  }
  if (response.status != 200) return fail(ErrorCode::unavailable, "HTTP status {}", response.status);
  auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (!json.is_object() || !json.contains("round") || !json["round"].is_number_unsigned() ||
      !json.contains("signature") || !json["signature"].is_string()) {
    return fail(ErrorCode::invalid, "answer is not a drand round");
  }
  auto signature = TRY(from_hex(json["signature"].get<std::string>()));
  BeaconEntry entry{json["round"].get<uint64_t>(), std::move(signature)};
  if (entry.round != round) return fail(ErrorCode::invalid, "answer is of round {}, not {}", entry.round, round);
  return entry;
}

class DrandClient : public BeaconSource {
 public:
  explicit DrandClient(const DrandNetwork& network) : servers_(network.servers), hash_(network.chain_hash) {
    for (auto& server : servers_) {
      while (server.ends_with('/')) server.pop_back();
    }
  }

  Result<BeaconEntry> entry(uint64_t round) override {
    if (servers_.empty()) return fail(ErrorCode::unavailable, "no server is known for drand network {}", hash_);
    Error last;
    const size_t first = preferred_;
    for (size_t i = 0; i < servers_.size() * kTries; ++i) {
      const size_t index = (first + i) % servers_.size();
      auto entry = ask(servers_[index], round);
      if (entry) {
        preferred_ = index;
        return entry;
      }
      last = std::move(entry).error();
      log_debug("beacon", "{}: {}", servers_[index], last.message);
    }
    return std::unexpected(std::move(last).in(fmt::format("beacon round {}", round)));
  }

 private:
  Result<BeaconEntry> ask(const std::string& server, uint64_t round) {
    std::string chain = hash_.empty() ? "" : "/" + hash_;
    auto response = TRY(http_get(fmt::format("{}{}/public/{}", server, chain, round), kDeadline));
    return in_context(parse_round(response, round), server);
  }

  std::vector<std::string> servers_;
  std::string hash_;
  std::atomic<size_t> preferred_ = 0;
};

}  // namespace

std::shared_ptr<BeaconSource> make_drand_client(const DrandNetwork& network) {
  return std::make_shared<DrandClient>(network);
}

}  // namespace nelumbo::chain
