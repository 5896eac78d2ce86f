#pragma once
// One catch-up: from here to a target.

#include <stop_token>

#include "chain/sync_manager.hpp"
#include "header_checks.hpp"
#include "header_log.hpp"
#include "sync_statuses.hpp"

namespace nelumbo::chain {

/// Why a catch-up ended without the target.
struct CatchUpFailure {
  enum class Kind {
    bad_chain,   ///< the chain breaks a rule: who told of it is to blame
    known_bad,   ///< so does one that the operator has marked
    refused,     ///< it leaves out the checkpoint
    forked,      ///< it splits off deeper than finality
    incomplete,  ///< nobody gave what is missing, or it is from the future: may be tried again
    outvoted,    ///< other heads are more trustworthy: later
    stopped,
  };
  Kind kind = Kind::incomplete;
  std::string reason;
  ChainEpoch split = 0;  ///< of `forked`
  bool below = false;
};

class CatchUp {
 public:
  struct Parts {
    StateManager& states;
    Syncer& syncer;
    ChainSource& source;
    HeaderLog& log;
    const Clock& clock;
    const SyncOptions& options;
    std::stop_token stop;
    std::function<bool()> outvoted;  ///< asked between pages of headers
  };
  /// With `forced` neither checkpoint nor weight matter: the target is validated, the head stays.
  CatchUp(Parts parts, TipsetPtr target, bool forced);

  /// The target, validated; the head has moved if it is heavier. On failure `failure()` says why.
  Result<TipsetPtr> run();
  const CatchUpFailure& failure() const { return failure_; }

 private:
  using Kind = CatchUpFailure::Kind;
  struct Window;

  std::unexpected<Error> end(Kind kind, std::string reason);
  Result<TipsetPtr> all();
  Result<> going_on();

  // Headers, back (catch_up_headers.cpp).
  Result<TipsetPtr> collect();
  Result<TipsetPtr> known(const TipsetKey& key);
  Result<> fetch_page(TipsetPtr& lowest);
  Result<> check_bad(const TipsetKey& key);
  Result<> check_alone(const Tipset& tipset);
  Result<> check_link(const Tipset& child, const Tipset& parent);
  Result<> check_depth(const Tipset& lowest);
  Result<> check_base(const TipsetPtr& base);
  Result<> header_result(Result<> result, const Tipset& tipset);

  // Messages and states, forward.
  Result<> follow(TipsetPtr& base);
  Result<> skip_validated(TipsetPtr& base);
  Result<Window> window_above(const Tipset& base);
  Result<std::vector<std::vector<FullBlock>>> messages(const std::vector<TipsetPtr>& tipsets) const;
  Result<TipsetPtr> validate(const std::vector<FullBlock>& blocks);
  Result<> move_head(const TipsetPtr& tipset);
  void report(const std::function<void(SyncStatus&)>& change);

  Parts parts_;
  TipsetPtr target_, head_;  ///< head_: at the start
  bool forced_;
  ChainStore& store_;
  HeaderChecks checks_;
  CatchUpFailure failure_;
  uint64_t worker_ = 0;
};

}  // namespace nelumbo::chain
