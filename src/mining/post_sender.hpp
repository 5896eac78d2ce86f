#pragma once
// How window PoSt's messages get to the chain: who pays, how much at most, and what became of them.

#include <map>

#include "mining/window_post.hpp"

namespace nelumbo::mining {

class PostSender {
 public:
  enum class Fate { on_its_way, succeeded, failed, lost };

  PostSender(const WindowPostConfig& config, std::shared_ptr<NodeApi> node) : config_(config), node_(std::move(node)) {}

  /// Sends from the first address with funds. The same method and parameters on the same occasion are one message,
  /// however often it is asked for.
  Result<Cid> push(MethodNum method, Bytes params, const rpc::MinerInfo& info, std::string_view occasion);
  /// What became of a message, as seen from this head. One that waits because of its fee is logged from time to time.
  Result<Fate> fate(const Cid& message, const TipsetPtr& head);

  /// The addresses that window PoSt is sent from, in the order in which they are tried: control addresses kept for no
  /// other kind, the worker, the owner. ID addresses.
  Result<std::vector<Address>> candidates(const rpc::MinerInfo& info) const;

 private:
  struct Payer {
    Address address;
    TokenAmount balance;
  };
  Result<Payer> choose(const Message& message, const rpc::MinerInfo& info) const;
  void tell_fee_wait(const Cid& message, const TipsetPtr& head);

  struct Sent {
    TokenAmount fee_cap;        ///< attoFIL a unit of gas
    ChainEpoch told = -1'000;   ///< head at which a wait was logged last
    ChainEpoch absent_at = -1;  ///< head at which it was first seen neither pending nor executed; -1: it was not
  };
  const WindowPostConfig& config_;
  std::shared_ptr<NodeApi> node_;
  std::map<Cid, Sent> sent_;  ///< of this run
};

}  // namespace nelumbo::mining
