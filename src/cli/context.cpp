#include <charconv>
#include <ostream>

#include "command.hpp"

namespace nelumbo::cli {

namespace {

void set_network_letter(const std::string& network) {
  set_address_network(network == "testnetnet" || network == "mainnet" ? AddressNetwork::mainnet
                                                                      : AddressNetwork::testnet);
}

}  // namespace

const OwnerInfo& owner_info(Owner owner) {
  static const OwnerInfo daemon{"lotus", "FULLNODE_API_INFO", "lotus daemon", rpc::Endpoint::v1};
  static const OwnerInfo miner{"lotus-miner", "MINER_API_INFO", "lotus-miner", rpc::Endpoint::v0};
  static const OwnerInfo message{"lotus-message", "MESSAGE_API_INFO", "lotus-message daemon", rpc::Endpoint::v1};
  return owner == Owner::miner ? miner : owner == Owner::message ? message : daemon;
}

bool Context::on(const std::string& flag) const {
  auto value = text(flag);
  return !value.empty() && value != "false" && value != "0";
}

std::string Context::text(const std::string& flag) const {
  auto it = flags.find(flag);
  return it == flags.end() ? std::string() : it->second;
}

std::vector<std::string> Context::texts(const std::string& flag) const {
  std::vector<std::string> out;
  auto joined = text(flag);
  for (size_t begin = 0; begin < joined.size();) {
    size_t end = std::min(joined.find(',', begin), joined.size());
    if (end > begin) out.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
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
    auto where = TRY(api_info_of(Owner::daemon));
    auto client = std::make_unique<rpc::Client>(std::move(where), options);
    TRY(client->check_version(rpc::kFullApiVersion1));
    set_network_letter(TRY(client->call(rpc::full::StateNetworkName)));
    node_ = std::move(client);
  }
  return node_.get();
}

Result<rpc::Client*> Context::miner() {
  if (!miner_) {
    auto where = TRY(api_info_of(Owner::miner));
    auto client = std::make_unique<rpc::Client>(std::move(where), rpc::Client::Options{.endpoint = rpc::Endpoint::v0});
    TRY(client->check_version(rpc::kMinerApiVersion0));
    miner_ = std::move(client);
  }
  return miner_.get();
}

Result<rpc::Client*> Context::message() {
  if (!message_) {
    auto where = TRY(api_info_of(Owner::message));
    auto client = std::make_unique<rpc::Client>(std::move(where));
    TRY(client->check_version(rpc::kMessageApiVersion));
    // A server that waits for its first node does not know the network, and has no address to print.
    if (auto network = client->call(rpc::message::StateNetworkName)) set_network_letter(*network);
    message_ = std::move(client);
  }
  return message_.get();
}

Result<rpc::Client*> Context::own() {
  switch (owner) {
    case Owner::miner:
      return miner();
    case Owner::message:
      return message();
    case Owner::daemon:
      break;
  }
  return node();
}

Result<rpc::ApiInfo> Context::api_info_of(Owner of) const {
  const auto& info = owner_info(of);
  const auto& folder = of == Owner::miner ? miner_repository : of == Owner::message ? message_repository : repository;
  return rpc::find_api_info(info.variable, folder, info.server);
}

Result<rpc::ApiInfo> Context::own_api_info() const { return api_info_of(owner); }

}  // namespace nelumbo::cli
