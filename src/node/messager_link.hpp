#pragma once
// The message server that a daemon or a miner sends through ([Messager] ApiInfo).

#include <mutex>
#include <set>
#include <thread>

#include "rpc/message_route.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

/// Thread-safe. A server that does not answer never makes a message go another way: its nonces are the server's.
class MessagerLink final : public rpc::MessageRoute {
 public:
  struct Config {
    rpc::ApiInfo where;
    /// The key address that signs for an address.
    std::function<Result<Address>(const Address&)> key_address;
    std::chrono::milliseconds connect_limit{5'000};  ///< for reaching the server
    std::chrono::milliseconds call_limit{60'000};    ///< for its answer
    std::chrono::milliseconds check_every{5'000};
    std::chrono::milliseconds report_every{120'000};
  };
  using Peers = std::function<std::vector<rpc::PeerInfo>()>;

  explicit MessagerLink(Config config);
  ~MessagerLink() override;  ///< stops

  /// Sends through the server when it has the sender's key; a failure is logged as an error of `messager`.
  Result<std::optional<SignedMessage>> push(const Message& message, const rpc::MessageSendSpec& spec) override;
  Result<bool> has_key(const Address& account) override;
  Result<std::optional<rpc::MessageRecord>> find(const Cid& message) override;

  /// Asks whether the server answers, logs when that has changed, and goes on asking on a thread of its own; with
  /// `peers` it reports them to the server.
  void start(Peers peers = {});
  void stop();
  /// For /health/readyz: a line that says whether the server answered last time.
  std::string state_line() const;

 private:
  struct Sender {
    Address key;
    bool theirs = false;
  };
  Result<Sender> sender_of(const Address& from);
  Result<SignedMessage> send(Message message, rpc::MessageSendSpec spec);
  void check();
  void report(const Peers& peers);
  void run(const Peers& peers, std::stop_token stop);
  std::string place() const;

  const Config config_;
  rpc::Client calls_;   ///< messages: estimates and the table take time
  rpc::Client checks_;  ///< soon answered or not at all
  mutable std::mutex mutex_;
  std::optional<std::string> trouble_;  ///< why it did not answer last time; empty: it did
  bool checked_ = false;
  std::set<Address> own_senders_;  ///< senders that were said to be this node's own
  std::jthread thread_;            // last: uses the others
};

/// The link that a configuration asks for; null for an empty one.
Result<std::shared_ptr<MessagerLink>> make_messager_link(const std::string& api_info,
                                                         std::function<Result<Address>(const Address&)> key_address);

}  // namespace nelumbo::node
