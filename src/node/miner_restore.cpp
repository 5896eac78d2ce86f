// lotus-miner backup and init restore.

#include "codec/base32.hpp"
#include "engine/p2p.hpp"
#include "libp2p_settings.hpp"
#include "messager_link.hpp"
#include "miner_init_steps.hpp"
#include "sealing/rpc_chain.hpp"
#include "sealing/storage.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

constexpr int64_t kConfidence = 5;  ///< epochs

Result<> copy_in(const fs::path& from, const fs::path& to) {
  auto text = TRY(read_text_file(from));
  return write_file(to, text);
}

/// All that is written; the caller removes it when this fails.
Result<Address> fill(const MinerRestoreOptions& o, const InitNode& with, const std::shared_ptr<rpc::Client>& node) {
  TRY(make_folder(o.repository));
  if (o.config) TRY(at_step("configuration", copy_in(*o.config, o.repository / "config.toml")));
  if (o.storage) TRY(at_step("storage paths", copy_in(*o.storage, o.repository / "storage.json")));
  auto repository = TRY(at_step("repository", Repository::open(o.repository, RepoKind::miner)));
  auto config = TRY(at_step("configuration", load_config<MinerProcessConfig>(repository.config_file())));
  TRY(at_step("storage paths", sealing::Storage::open(o.repository)));
  o.say("Restoring metadata backup");
  auto kv = TRY(at_step("repository", open_miner_store(repository)));
  TRY(at_step("backup", restore_backup(*kv, o.backup)));
  auto actor = TRY(at_step("backup", stored_miner(*kv)));
  if (!actor) return at_step<Address>("backup", fail(ErrorCode::invalid, "{} names no miner", o.backup.string()));
  TRY(at_step("miner on chain", node->call(full::StateMinerInfo, *actor, TipsetKey())));

  o.say("Initializing libp2p identity");
  auto keys = TRY(at_step("libp2p identity", wallet::open_key_store(repository.keystore())));
  auto identity = TRY(at_step("libp2p identity", host_identity(*keys)));
  auto peer = TRY(at_step("libp2p identity", p2p::peer_id_of(identity)));
  o.say("Configuring miner actor");
  auto messager = TRY(make_messager_link(config.messager_api_info, [node](const Address& address) {
    return node->call(full::StateAccountKey, address, TipsetKey());
  }));
  auto chain = sealing::make_rpc_chain(node, messager);
  auto peer_bytes = TRY(from_base58(peer));
  TRY(at_step("peer id told", tell_peer_id(with, *chain, *actor, peer_bytes, 0, kConfidence)));
  return *actor;
}

}  // namespace

Result<Address> restore_miner(const MinerRestoreOptions& o) {
  const InitNode with{o.daemon_repository, o.daemon_api, o.say, o.interrupted};
  if (!fs::exists(o.backup)) return fail(ErrorCode::not_found, "there is no backup file {}", o.backup.string());
  auto node = TRY(reach_node(with));
  if (!o.nosync) TRY(at_step("node synced", await_sync(with, *node)));
  o.say("Checking if repo exists");
  TRY(at_step("repository absent", check_absent(o.repository)));
  NewFolder folder(o.repository);
  auto actor = TRY(fill(o, with, node));
  folder.keep();
  return actor;
}

Result<> back_up_miner(const fs::path& repository, const fs::path& file) {
  if (!fs::exists(repository / "datastore"))
    return fail(ErrorCode::not_found, "{} is no repository of a miner", repository.string());
  auto opened = TRY(Repository::open(repository, RepoKind::miner));
  auto kv = TRY(open_miner_store(opened));
  return back_up(*kv, file);
}

}  // namespace nelumbo::node
