#pragma once
// Who got what from the faucet: one grant per wallet in a time, kept on disk before anything is sent.

#include <functional>
#include <mutex>

#include "base/clock.hpp"
#include "ipld/kv_store.hpp"
#include "rpc/fountain_types.hpp"
#include "types/message.hpp"

namespace nelumbo::node {

struct GrantRules {
  Address sender;
  TokenAmount amount;  ///< attoFIL of a grant
  std::chrono::seconds interval{600};
  int64_t hourly_limit = 60;  ///< grants to all wallets together
};

/// What became of a message.
struct GrantFate {
  Cid cid;               ///< as it is now: a message may be replaced while it waits
  std::string state;     ///< "waiting", "on chain", "failed"
  std::string detail;    ///< why it waits or failed
  ChainEpoch epoch = 0;  ///< that it is in the chain since
};

/// What the faucet asks of others. Each may take as long as a node takes.
struct GrantSteps {
  /// All addresses of a wallet, the given one first.
  std::function<Result<std::vector<Address>>(const Address&)> names;
  /// Sends it; the same uuid again is the same message.
  std::function<Result<Cid>(const Message&, const std::string& uuid)> send;
  std::function<Result<GrantFate>(const Cid&)> fate;
};

/// Thread-safe.
class Grants {
 public:
  Grants(GrantRules rules, GrantSteps steps, std::shared_ptr<KvStore> store, std::shared_ptr<Clock> clock);

  /// Sends a grant to the wallet. Errors: `invalid` for what is no wallet, `exists` while the last grant is younger
  /// than the interval, `exhausted` while the hour's grants are given out; the sentence says when to come back. A grant
  /// that could not be sent is the same one when it is asked for again.
  Result<rpc::FountainGrantState> grant(const std::string& wallet);
  /// The wallet's newest grant.
  Result<rpc::FountainGrantState> state(const std::string& wallet);
  /// Grants that may still be given out now.
  Result<int64_t> hourly_left();

  /// Spaces of its store.
  static std::vector<std::string> spaces();

 private:
  struct Record {
    std::string uuid;
    int64_t claimed = 0;  ///< Unix milliseconds
    int64_t sent = 0;     ///< of the first answer with a message; 0: none yet
    Message message;      ///< as it was asked to be sent
    std::optional<Cid> cid;
    static constexpr auto fields =
        nelumbo::fields(field("Uuid", &Record::uuid), field("Claimed", &Record::claimed), field("Sent", &Record::sent),
                        field("Message", &Record::message), field("Cid", &Record::cid));
    int64_t since() const { return std::max(claimed, sent); }
  };
  using Names = std::vector<Address>;

  Result<Names> names_of(const std::string& wallet);
  Result<std::optional<Record>> newest(const Names& names);
  Result<Record> claim(const Names& names);
  Result<> keep(const Record& record, const Names& names);
  Result<> refuse_early(const Record& last) const;
  /// Claims of the last hour, oldest first.
  Result<std::vector<int64_t>> recent();
  Result<rpc::FountainGrantState> describe(const std::string& wallet, const Record& record);
  int64_t now() const;

  const GrantRules rules_;
  const GrantSteps steps_;
  const std::shared_ptr<KvStore> store_;
  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;  ///< between looking for a claim and keeping one
};

/// Reads a wallet's address as people write it: f or t in front, or Ethereum's 0x. Refuses what no grant can go to.
Result<Address> parse_wallet(const std::string& text);

}  // namespace nelumbo::node
