#pragma once
// The message server's work: takes messages, brings them onto the chain, and says of each one what it waits for.

#include <functional>
#include <map>

#include "base/clock.hpp"
#include "engine/p2p.hpp"
#include "messager/book.hpp"
#include "messager/chain_node.hpp"
#include "rpc/message_types.hpp"

namespace nelumbo::messager {

/// What is spent on gas, and when a message that waits is sent anew with a higher fee.
struct FeeRules {
  TokenAmount max_fee =
      kAttoPerFil * 7 / 100;  ///< attoFIL: ceiling of gas_limit * gas_fee_cap of a message of no kind below
  std::map<std::string, TokenAmount> kinds;  ///< ceilings by kind: "SubmitWindowedPoSt" -> 5 FIL
  ChainEpoch replace_after = 10;  ///< epochs after which what waits for its fee is replaced; 0: never by itself
  int64_t max_replaces = 20;      ///< of one message, by itself
};

struct ServiceConfig {
  FeeRules fees;
  size_t window = 100;      ///< messages of a sender under way at once (what pools and gossip take of a stranger)
  uint64_t confidence = 5;  ///< epochs after which a message counts as settled
  std::chrono::seconds retention{0};        ///< of messages on chain deeper than finality; 0: kept for ever
  std::chrono::milliseconds lease{10'000};  ///< how long a server that died keeps others from confirming
  std::string holder;                       ///< this server's name for leases, unique per run
  std::string topic;                        ///< gossip topic of messages, "/fil/msgs/<network>"; empty: no gossip
};

/// Thread-safe. Between start and stop it works on threads of its own; what it is asked meanwhile may wait for a node,
/// but for no longer than the nodes' time limits.
class Service {
 public:
  virtual ~Service() = default;
  virtual void start() = 0;
  /// Ends all threads; calls that wait give `cancelled`.
  virtual void stop() = 0;

  /// Resolves the sender, fills in gas within the ceiling of its kind, checks the balance, and stores the signed
  /// message under the next nonce. Durable when it returns; publishing follows by itself. The message's nonce must be
  /// 0. Fails with `not_found` for an unknown sender, `invalid` for a halted one or one without funds (the sentence
  /// says what is missing).
  virtual Result<SignedMessage> send(const Message& message, const rpc::MessageSendSpec& spec) = 0;

  virtual Result<rpc::MessageServerStatus> status() = 0;
  virtual Result<std::vector<rpc::MessageRecord>> list(const rpc::MessageQuery& query) = 0;
  virtual Result<rpc::MessageRecord> get(const Cid& cid) = 0;
  virtual Result<rpc::MessageRecord> get_by_uuid(const std::string& uuid) = 0;
  /// Returns when the message is that many epochs deep on the chain.
  virtual Result<rpc::MessageRecord> wait(const Cid& cid, uint64_t confidence, std::stop_token stop) = 0;
  /// Publishes it again to everybody now.
  virtual Result<> resend(const Cid& cid) = 0;
  virtual Result<rpc::MessageRecord> replace(const Cid& cid, const rpc::MessageReplaceSpec& spec) = 0;
  /// Puts a message that does nothing (to the sender itself, no value) in its place: the nonce must be used.
  virtual Result<rpc::MessageRecord> cancel(const Cid& cid, const rpc::MessageReplaceSpec& spec) = 0;
  virtual Result<uint64_t> prune(std::chrono::seconds older_than) = 0;
  virtual Result<std::vector<rpc::MessageGap>> gaps(const std::optional<Address>& address) = 0;

  virtual Result<std::vector<rpc::MessageWallet>> wallets() = 0;
  /// Without next_nonce a node is asked for it: the one after what is on chain and in its pool.
  virtual Result<Address> import_wallet(const wallet::KeyInfo& key, std::optional<uint64_t> next_nonce) = 0;
  virtual Result<Address> new_wallet(const std::string& type, std::optional<uint64_t> next_nonce) = 0;
  virtual Result<> remove_wallet(const Address& address) = 0;
  /// Ends a halt: the next nonce is that of the chain, the nodes' pools and the table, whichever is highest; or
  /// next_nonce.
  virtual Result<uint64_t> sync_nonce(const Address& address, std::optional<uint64_t> next_nonce) = 0;

  /// Addresses to stay connected to for gossip (a daemon reports its own).
  virtual void report_peers(const std::vector<rpc::PeerInfo>& peers) = 0;
  /// Prometheus text.
  virtual std::string metrics() = 0;
  /// Whether messages are taken: the database answers, and a node does.
  virtual bool ready() = 0;
};

/// `transport` may be null: no gossip. Nodes are asked in order for what is read; messages go to all of them.
std::unique_ptr<Service> make_service(ServiceConfig config, std::shared_ptr<Book> book,
                                      std::vector<std::shared_ptr<ChainNode>> nodes,
                                      std::shared_ptr<p2p::Transport> transport, std::shared_ptr<Clock> clock);

}  // namespace nelumbo::messager
