#include <charconv>
#include <ostream>

#include "command.hpp"

namespace nelumbo::cli {

bool Context::on(const std::string& flag) const {
  auto value = text(flag);
  return !value.empty() && value != "false" && value != "0";
}

std::string Context::text(const std::string& flag) const {
  auto it = flags.find(flag);
  return it == flags.end() ? std::string() : it->second;
}

Result<int64_t> Context::number(const std::string& flag, int64_t otherwise) const {
  auto value = text(flag);
  if (value.empty()) return otherwise;
  int64_t out = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size())
    return fail(ErrorCode::invalid, "--{}: '{}' is no whole number", flag, value);
  return out;
}

void Context::write(const std::string& line) { out << line << '\n'; }

Result<rpc::Client*> Context::node(rpc::Client::Options options) {
  if (!node_) {
    auto where = TRY(rpc::find_api_info("FULLNODE_API_INFO", repository, "lotus daemon"));
    auto client = std::make_unique<rpc::Client>(std::move(where), options);
    TRY(client->check_version(rpc::kFullApiVersion1));
    auto network = TRY(client->call(rpc::full::StateNetworkName));
    set_address_network(network == "testnetnet" || network == "mainnet" ? AddressNetwork::mainnet
                                                                        : AddressNetwork::testnet);
    node_ = std::move(client);
  }
  return node_.get();
}

Result<rpc::Client*> Context::miner() {
  if (!miner_) {
    auto where = TRY(rpc::find_api_info("MINER_API_INFO", miner_repository, "lotus-miner"));
    auto client = std::make_unique<rpc::Client>(std::move(where), rpc::Client::Options{.endpoint = rpc::Endpoint::v0});
    TRY(client->check_version(rpc::kMinerApiVersion0));
    miner_ = std::move(client);
  }
  return miner_.get();
}

Result<rpc::Client*> Context::own() { return for_miner ? miner() : node(); }

Result<rpc::ApiInfo> Context::own_api_info() const {
  return for_miner ? rpc::find_api_info("MINER_API_INFO", miner_repository, "lotus-miner")
                   : rpc::find_api_info("FULLNODE_API_INFO", repository, "lotus daemon");
}

}  // namespace nelumbo::cli
