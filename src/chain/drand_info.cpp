#include <nlohmann/json.hpp>

#include "chain/drand.hpp"
#include "crypto/hash.hpp"

namespace nelumbo::chain {

Bytes DrandInfo::hash() const {
  Bytes input;
  for (int shift = 24; shift >= 0; shift -= 8)
    input.push_back(static_cast<uint8_t>(static_cast<uint64_t>(period) >> shift));
  for (int shift = 56; shift >= 0; shift -= 8) {
    input.push_back(static_cast<uint8_t>(static_cast<uint64_t>(genesis_time) >> shift));
  }
  input.insert(input.end(), public_key.begin(), public_key.end());
  input.insert(input.end(), genesis_seed.begin(), genesis_seed.end());
  if (!beacon_id.empty() && beacon_id != "default") input.insert(input.end(), beacon_id.begin(), beacon_id.end());
  auto digest = sha256(input);
  return {digest.begin(), digest.end()};
}

std::string DrandInfo::json() const {
  nlohmann::ordered_json out;
  out["public_key"] = to_hex(public_key);
  out["period"] = period;
  out["genesis_time"] = genesis_time;
  out["hash"] = to_hex(hash());
  out["groupHash"] = to_hex(genesis_seed);
  out["schemeID"] = scheme;
  out["metadata"] = {{"beaconID", beacon_id}};
  return out.dump();
}

namespace {

std::string text_of(const nlohmann::json& from, const char* key) {
  auto it = from.find(key);
  return it != from.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// The first of two spellings that is there (drand v1 and v2 differ).
std::string text_of(const nlohmann::json& from, const char* key, const char* other) {
  auto value = text_of(from, key);
  return value.empty() ? text_of(from, other) : value;
}

}  // namespace

Result<DrandInfo> DrandInfo::parse(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::invalid, "drand info is not a JSON object");
  auto number = [&](const char* key) -> Result<int64_t> {
    auto it = json.find(key);
    if (it == json.end() || !it->is_number_integer())
      return fail(ErrorCode::invalid, "drand info has no number {}", key);
    return it->get<int64_t>();
  };
  DrandInfo info;
  info.public_key = TRY_IN("drand info, public_key", from_hex(text_of(json, "public_key")));
  info.period = TRY(number("period"));
  info.genesis_time = TRY(number("genesis_time"));
  info.genesis_seed = TRY_IN("drand info, seed", from_hex(text_of(json, "groupHash", "genesis_seed")));
  if (auto scheme = text_of(json, "schemeID", "scheme"); !scheme.empty()) info.scheme = scheme;
  auto metadata = json.find("metadata");
  info.beacon_id = metadata != json.end() && metadata->is_object() ? text_of(*metadata, "beaconID")
                                                                   : text_of(json, "beacon_id", "beaconID");
  const auto hash = text_of(json, "hash", "chain_hash");
  if (!hash.empty() && hash != to_hex(info.hash())) {
    return fail(ErrorCode::invalid, "drand info says hash {}, its content gives {}", hash, to_hex(info.hash()));
  }
  return info;
}

DrandNetwork DrandInfo::network(std::vector<std::string> servers) const {
  DrandNetwork out;
  out.chain_hash = to_hex(hash());
  out.public_key = to_hex(public_key);
  out.genesis_time = genesis_time;
  out.period = period;
  out.unchained = scheme != "pedersen-bls-chained";
  out.servers = std::move(servers);
  return out;
}

}  // namespace nelumbo::chain
