#pragma once
// What init and restore of a miner's repository have in common: the checks before, the folder that goes again when a
// step fails.

#include "miner_store.hpp"
#include "node/miner_process.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "sealing/chain_api.hpp"

namespace nelumbo::node {

/// Where the node is, and who is told of each step.
struct InitNode {
  fs::path daemon_repository;
  std::optional<std::string> daemon_api;
  std::function<void(const std::string&)> say;
  std::function<bool()> interrupted;

  Result<> check_interrupted() const;
};

/// The node, reachable and of our API version.
Result<std::shared_ptr<rpc::Client>> reach_node(const InitNode& with);
/// Waits until the node's head is as old as an epoch and a half at most.
Result<> await_sync(const InitNode& with, rpc::Client& node);
/// `exists` when a repository is there, or anything else.
Result<> check_absent(const fs::path& repository);

/// A new repository folder: removed again, with all that is in it, unless it was kept.
class NewFolder {
 public:
  explicit NewFolder(fs::path folder);
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder();
  void keep() { kept_ = true; }

 private:
  const fs::path folder_;
  const bool was_there_;
  bool kept_ = false;
};

/// The result with the step's name in front of its error.
template <class T>
Result<T> at_step(std::string_view step, Result<T> result) {
  return in_context(std::move(result), fmt::format("init failed at the step \"{}\"", step));
}

/// Tells the chain the peer id of a miner that exists, from its worker.
Result<> tell_peer_id(const InitNode& with, sealing::ChainApi& chain, const Address& actor, const Bytes& peer,
                      const TokenAmount& gas_premium, int64_t confidence);
/// Sends a message and waits until it was executed and has so many epochs on top. An error when it failed.
Result<rpc::MsgLookup> send_and_wait(const InitNode& with, sealing::ChainApi& chain, const Message& message,
                                     int64_t confidence, std::string_view what);

/// Takes the sectors of a manifest of `lotus-seed pre-seal` into a new miner's store: shown and kept as its own, in
/// Proving. not_found: the manifest has none of this miner.
Result<> take_pre_sealed(const std::shared_ptr<KvStore>& kv, const fs::path& manifest, const Address& actor);

}  // namespace nelumbo::node
