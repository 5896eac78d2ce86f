// A snapshot that has been read becomes the chain.

#include "base/log.hpp"
#include "import_record.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

namespace {

class Adoption {
 public:
  Adoption(KvStore& kv, StateManager& states, const ImportOptions& options, ImportRecord record)
      : kv_(kv), states_(states), options_(options), record_(std::move(record)) {}

  Result<TipsetPtr> run() {
    auto head = TRY(states_.store().load_tipset(record_.head));
    top_ = head->height();
    if (options_.execute) TRY(execute(head));
    TRY(index_messages(head));
    TRY(states_.store().adopt_head(head));
    TRY(forget_import(kv_));
    return head;
  }

 private:
  static constexpr ChainEpoch kNoteEvery = 100;

  Result<> tell(std::string_view step, ChainEpoch done, ChainEpoch total, ChainEpoch epoch) {
    if (options_.stopped && options_.stopped())
      return fail(ErrorCode::cancelled, "stopped; the same command goes on from here");
    if (options_.progress) {
      options_.progress({step, static_cast<uint64_t>(done), static_cast<uint64_t>(total), record_.blocks, epoch});
    }
    return {};
  }

  /// Keys of the canonical tipsets from an epoch on, at least one and a bounded number of them.
  Result<std::vector<TipsetKey>> keys_from(ChainEpoch epoch) {
    constexpr size_t kAtOnce = 512;
    std::vector<Bytes> found;
    TRY(kv_.scan(spaces::kCanonical, epoch_key(epoch), [&](BytesView, BytesView value) {
      found.push_back(to_bytes(value));
      return found.size() < kAtOnce;
    }));
    std::vector<TipsetKey> keys;
    if (found.empty()) return fail(ErrorCode::invalid, "the index of the chain ends below epoch {}", epoch);
    for (const auto& each : found) keys.push_back(TRY(TipsetKey::from_bytes(each)));
    return keys;
  }

  /// Executes each tipset and compares with what the one above it says.
  Result<> execute(const TipsetPtr& head) {
    auto below = TRY(states_.store().load_tipset(TRY(keys_from(record_.executed)).front()));
    while (below->key() != head->key()) {
      for (const auto& key : TRY(keys_from(below->height() + 1))) {
        auto above = TRY(states_.store().load_tipset(key));
        TRY(check(below, *above));
        below = std::move(above);
        if (below->height() / kNoteEvery == record_.executed / kNoteEvery) continue;
        record_.executed = below->height();
        TRY(save_import(kv_, record_));
      }
    }
    return {};
  }

  Result<> check(const TipsetPtr& below, const Tipset& above) {
    TRY(tell("executing", below->height(), top_, below->height()));
    const auto state = TRY(states_.tipset_state(below));
    if (state.state_root != above.parent_state() || state.receipts_root != above.parent_receipts()) {
      return fail(ErrorCode::invalid,
                  "executing epoch {} gives the state {} and receipts {}, its children say {} and {}", below->height(),
                  state.state_root.str(), state.receipts_root.str(), above.parent_state().str(),
                  above.parent_receipts().str());
    }
    return {};
  }

  /// Where each message stands, as far down as the snapshot has messages.
  Result<> index_messages(TipsetPtr tipset) {
    auto& store = states_.store();
    std::vector<KvStore::Write> writes;
    auto flush = [&]() -> Result<> {
      TRY(kv_.write(writes, false));
      writes.clear();
      return tell("indexing messages", top_ - tipset->height(), top_, tipset->height());
    };
    for (; tipset->height() > 0; tipset = TRY(store.parent(*tipset))) {
      for (const auto& block : tipset->blocks()) {
        auto cids = store.message_cids(block.messages);
        if (!cids && cids.error().code == ErrorCode::not_found) return flush();
        if (!cids) return std::unexpected(std::move(cids).error());
        for (const auto* list : {&cids->bls, &cids->secp}) {
          for (const auto& cid : *list) {
            writes.push_back({std::string(spaces::kMessages), to_bytes(cid.bytes()), epoch_key(block.height)});
          }
        }
      }
      constexpr size_t kAtOnce = 4096;
      if (writes.size() >= kAtOnce) TRY(flush());
    }
    return flush();
  }

  KvStore& kv_;
  StateManager& states_;
  const ImportOptions& options_;
  ImportRecord record_;
  ChainEpoch top_ = 0;
};

}  // namespace

Result<TipsetPtr> adopt_import(KvStore& kv, StateManager& states, const ImportOptions& options) {
  auto record = TRY(load_import(kv));
  if (!record || !record->whole) return fail(ErrorCode::not_found, "no snapshot has been read");
  Adoption adoption(kv, states, options, *std::move(record));
  return in_context(adoption.run(), "taking the imported chain");
}

}  // namespace nelumbo::chain
