#include "message_nodes.hpp"

#include <algorithm>
#include <atomic>
#include <future>

#include "base/log.hpp"
#include "codec/json.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
using messager::ChainNode;

constexpr std::string_view kMainnet = "testnetnet";
constexpr std::string_view kPublicNetworks[] = {kMainnet, "mainnet", "calibrationnet"};

fs::path network_file(const fs::path& repository) { return repository / "network.json"; }

/// Whether a token lets its owner push messages.
Result<> check_rights(const rpc::Client& node) {
  const auto& token = node.where().token;
  auto rights = token.empty() ? std::vector<std::string>() : TRY(node.call(rpc::common::AuthVerify, token));
  if (std::ranges::find(rights, "write") != rights.end()) return {};
  return fail(ErrorCode::permission,
              "its token lacks the permission write, without which it takes no messages: `lotus auth api-info --perm "
              "write` prints one");
}

Error other_network(const std::string& node, const MessageNetwork& its, const MessageNetwork& known) {
  return {ErrorCode::invalid, fmt::format("the node {} is on the network {} (chain id {}), this server is on {} ({})",
                                          node, its.name, its.eth_chain_id, known.name, known.eth_chain_id)};
}

class GuardedNode final : public ChainNode {
 public:
  GuardedNode(const rpc::ApiInfo& where, MessageNetwork network, std::chrono::milliseconds limit)
      : where_(where), network_(std::move(network)), limit_(limit), node_(messager::make_chain_node(where, limit)) {}

  std::string name() const override { return node_->name(); }
  Result<TipsetPtr> head() override {
    return ask([&] { return node_->head(); });
  }
  Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) override {
    return ask([&] { return node_->wait_head(known, until, stop); });
  }
  Result<messager::SenderState> sender(const Address& address) override {
    return ask([&] { return node_->sender(address); });
  }
  Result<uint64_t> pool_nonce(const Address& address) override {
    return ask([&] { return node_->pool_nonce(address); });
  }
  Result<Address> key_address(const Address& address) override {
    return ask([&] { return node_->key_address(address); });
  }
  Result<std::string> actor_name(const Address& address) override {
    return ask([&] { return node_->actor_name(address); });
  }
  Result<Message> estimate(const Message& message, const rpc::MessageSendSpec& spec) override {
    return ask([&] { return node_->estimate(message, spec); });
  }
  Result<TokenAmount> base_fee() override {
    return ask([&] { return node_->base_fee(); });
  }
  Result<Cid> push(const SignedMessage& message) override {
    return ask([&] { return node_->push(message); });
  }
  Result<std::vector<rpc::HeadChange>> path(const TipsetKey& from, const TipsetKey& to) override {
    return ask([&] { return node_->path(from, to); });
  }
  Result<std::vector<messager::Executed>> executed(const Tipset& tipset) override {
    return ask([&] { return node_->executed(tipset); });
  }
  Result<TipsetPtr> tipset(const TipsetKey& key) override {
    return ask([&] { return node_->tipset(key); });
  }
  Result<TipsetPtr> tipset_at(ChainEpoch height) override {
    return ask([&] { return node_->tipset_at(height); });
  }
  Result<std::vector<std::string>> peers() override {
    return ask([&] { return node_->peers(); });
  }
  Result<rpc::ApiNetworkParams> network() override {
    return ask([&] { return node_->network(); });
  }

 private:
  Result<> check() {
    if (checked_) return {};
    auto its = TRY(ask_network(where_, limit_));
    if (its != network_) {
      auto wrong = other_network(name(), its, network_);
      if (!told_.exchange(true)) log_error("messager", "{}: it is left out", wrong.message);
      return std::unexpected(std::move(wrong));
    }
    told_ = false;
    checked_ = true;
    return {};
  }

  template <class F>
  std::invoke_result_t<F> ask(F call) {
    TRY(check());
    auto answer = call();
    // What answers next at this address may be another node.
    if (!answer && answer.error().code == ErrorCode::unavailable) checked_ = false;
    return answer;
  }

  const rpc::ApiInfo where_;
  const MessageNetwork network_;
  const std::chrono::milliseconds limit_;
  const std::shared_ptr<ChainNode> node_;
  std::atomic<bool> checked_ = false, told_ = false;
};

}  // namespace

AddressNetwork MessageNetwork::addresses() const {
  return name == kMainnet || name == "mainnet" ? AddressNetwork::mainnet : AddressNetwork::testnet;
}

bool MessageNetwork::is_public() const { return std::ranges::find(kPublicNetworks, name) != std::end(kPublicNetworks); }

Result<std::optional<MessageNetwork>> stored_network(const fs::path& repository) {
  auto text = read_text_file(network_file(repository), 64 << 10);
  if (!text && text.error().code == ErrorCode::not_found) return std::optional<MessageNetwork>();
  if (!text) return std::unexpected(std::move(text).error());
  auto context = network_file(repository).string();
  auto json = TRY_IN(context, parse_json(*text));
  auto network = TRY_IN(context, from_json<MessageNetwork>(json));
  return std::optional(std::move(network));
}

Result<> store_network(const fs::path& repository, const MessageNetwork& network) {
  return write_file(network_file(repository), to_json(network).dump(2) + "\n");
}

std::string node_name(const rpc::ApiInfo& where) { return fmt::format("{}:{}", where.host, where.port); }

Result<MessageNetwork> ask_network(const rpc::ApiInfo& where, std::chrono::milliseconds limit) {
  rpc::Client node(where, {.connect_timeout = limit, .call_timeout = limit});
  TRY(node.check_version(rpc::kFullApiVersion1));
  TRY(check_rights(node));
  auto params = TRY(node.call(full::StateGetNetworkParams));
  return MessageNetwork{params.network_name, params.eip155_chain_id, params.block_delay_secs};
}

bool is_silence(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::cancelled;
}

Result<NetworkSurvey> survey_network(const std::vector<rpc::ApiInfo>& nodes, std::optional<MessageNetwork> known,
                                     std::chrono::milliseconds limit) {
  std::vector<std::future<Result<MessageNetwork>>> answers;
  for (const auto& node : nodes)
    answers.push_back(std::async(std::launch::async, [&node, limit] { return ask_network(node, limit); }));
  NetworkSurvey out{std::move(known), {}};
  std::optional<Error> refusal;
  for (size_t i = 0; i < nodes.size(); ++i) {
    auto answer = answers[i].get();
    const auto name = node_name(nodes[i]);
    if (answer && !out.network) {
      out.network = *std::move(answer);
    } else if (answer && *answer != *out.network) {
      refusal = refusal.value_or(other_network(name, *answer, *out.network));
    } else if (!answer && is_silence(answer.error())) {
      out.silent.push_back(fmt::format("{}: {}", name, answer.error().message));
    } else if (!answer) {
      refusal = refusal.value_or(std::move(answer).error().in(fmt::format("the node {}", name)));
    }
  }
  if (refusal) return std::unexpected(*std::move(refusal));
  return out;
}

std::shared_ptr<ChainNode> guard_node(const rpc::ApiInfo& where, const MessageNetwork& network,
                                      std::chrono::milliseconds limit) {
  return std::make_shared<GuardedNode>(where, network, limit);
}

}  // namespace nelumbo::node
