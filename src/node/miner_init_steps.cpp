#include "miner_init_steps.hpp"

#include <thread>

#include "actors/miner_params.hpp"
#include "actors/policy.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "crypto/uuid.hpp"
#include "genesis/template.hpp"
#include "sealing/pipeline.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

constexpr MethodNum kChangePeerId = 4;  ///< of the miner actor
constexpr auto kPollPause = std::chrono::seconds(1);

/// Seconds since the head's own time.
Result<int64_t> head_age(rpc::Client& node) {
  auto head = TRY(node.call(full::ChainHead));
  auto now = std::chrono::floor<std::chrono::seconds>(system_clock()->now()).time_since_epoch().count();
  return now - static_cast<int64_t>(head->min_timestamp());
}

}  // namespace

Result<> InitNode::check_interrupted() const {
  if (interrupted && interrupted()) return fail(ErrorCode::cancelled, "interrupted");
  return {};
}

Result<std::shared_ptr<rpc::Client>> reach_node(const InitNode& with) {
  auto found = with.daemon_api ? in_context(rpc::parse_api_info(*with.daemon_api), "FULLNODE_API_INFO")
                               : rpc::find_api_info("FULLNODE_API_INFO", with.daemon_repository, "lotus daemon");
  with.say("Trying to connect to full node RPC");
  auto where = TRY(at_step("node reachable", std::move(found)));
  auto node = std::make_shared<rpc::Client>(std::move(where));
  TRY(at_step("node reachable", node->call(rpc::common::Version)));
  with.say("Checking full node version");
  TRY(at_step("API version", node->check_version(rpc::kFullApiVersion1)));
  auto network = TRY(at_step("API version", node->call(full::StateNetworkName)));
  set_address_network(network == "mainnet" || network == "testnetnet" ? AddressNetwork::mainnet
                                                                      : AddressNetwork::testnet);
  return node;
}

Result<> await_sync(const InitNode& with, rpc::Client& node) {
  with.say("Checking full node sync status");
  auto params = TRY(node.call(full::StateGetNetworkParams));
  const auto limit = static_cast<int64_t>(params.block_delay_secs) * 3 / 2;
  while (true) {
    auto age = TRY(head_age(node));
    if (age <= limit) return {};
    with.say(fmt::format("The node's head is {} s old: waiting until it is synced (--nosync goes on without)", age));
    TRY(with.check_interrupted());
    std::this_thread::sleep_for(kPollPause);
  }
}

Result<> check_absent(const fs::path& repository) {
  if (!fs::exists(repository)) return {};
  if (!fs::is_directory(repository)) return fail(ErrorCode::exists, "{} is a file", repository.string());
  if (fs::exists(repository / "config.toml") || fs::exists(repository / "datastore"))
    return fail(ErrorCode::exists, "repo at '{}' is already initialized", repository.string());
  if (!fs::is_empty(repository)) return fail(ErrorCode::exists, "the folder {} is not empty", repository.string());
  return {};
}

NewFolder::NewFolder(fs::path folder) : folder_(std::move(folder)), was_there_(fs::exists(folder_)) {}

NewFolder::~NewFolder() {
  if (kept_) return;
  std::error_code error;
  if (!was_there_) {
    fs::remove_all(folder_, error);
  } else if (fs::is_directory(folder_)) {
    for (const auto& each : fs::directory_iterator(folder_, error)) fs::remove_all(each.path(), error);
  }
  if (error) log_warn("miner", "removing {}: {}", folder_.string(), error.message());
}

Result<rpc::MsgLookup> send_and_wait(const InitNode& with, sealing::ChainApi& chain, const Message& message,
                                     int64_t confidence, std::string_view what) {
  rpc::MessageSendSpec spec;
  spec.msg_uuid = new_uuid();
  const auto since = TRY(chain.head())->height();
  auto sent = TRY_IN(fmt::format("sending the {} message", what), chain.push_message(message, spec));
  const auto cid = sent.cid();
  with.say(fmt::format("Pushed {} message: {}", what, cid.str()));
  with.say("Waiting for confirmation");
  const auto under_way = fmt::format("the {} message {} was sent and may still be executed", what, cid.str());
  TipsetKey known;
  while (true) {
    auto head = TRY_IN(under_way, chain.wait_head(known, system_clock()->now() + kPollPause, {}));
    TRY_IN(under_way, with.check_interrupted());
    if (head->key() == known) continue;
    known = head->key();
    auto found = TRY_IN(under_way, chain.search_message(cid, known, since));
    if (!found || found->height + confidence > head->height()) continue;
    if (found->receipt.exit_code != 0) {
      return fail(ErrorCode::failed, "the {} message {} failed with exit code {}", what, cid.str(),
                  found->receipt.exit_code);
    }
    return *std::move(found);
  }
}

Result<> tell_peer_id(const InitNode& with, sealing::ChainApi& chain, const Address& actor, const Bytes& peer,
                      const TokenAmount& gas_premium, int64_t confidence) {
  auto info = TRY(chain.miner_info(actor, TipsetKey()));
  Message message;
  message.to = actor;
  message.from = info.worker;
  message.method = kChangePeerId;
  message.params = to_cbor(actors::ChangePeerIdParams{peer});
  message.gas_premium = gas_premium;
  TRY(send_and_wait(with, chain, message, confidence, "ChangePeerID"));
  return {};
}

Result<> take_pre_sealed(const std::shared_ptr<KvStore>& kv, const fs::path& manifest, const Address& actor) {
  std::vector<sealing::AdoptedSector> sectors;
  for (const auto& [name, miner] : TRY(genesis::read_miner_manifest(manifest))) {
    if (miner.id != actor) continue;
    for (const auto& each : miner.sectors)
      sectors.push_back({each.sector_number, each.proof_type, each.comm_r, each.comm_d});
  }
  if (sectors.empty()) return fail(ErrorCode::not_found, "{} has no sectors of {}", manifest.string(), actor.str());
  return sealing::adopt_sectors(kv, sectors, system_clock()->unix_seconds());
}

}  // namespace nelumbo::node
