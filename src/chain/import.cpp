// Reading a snapshot into the database.

#include "base/log.hpp"
#include "import_headers.hpp"
#include "import_record.hpp"
#include "import_state.hpp"
#include "import_writer.hpp"
#include "snapshot_metadata.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

namespace {

constexpr uint64_t kProgressBytes = 1u << 20;

class Import {
 public:
  Import(KvStore& kv, const std::string& space, const ImportOptions& options, CarReader reader)
      : kv_(kv),
        options_(options),
        reader_(std::move(reader)),
        blocks_(make_kv_blockstore(std::shared_ptr<KvStore>(std::shared_ptr<KvStore>(), &kv), space)),
        headers_(options.genesis, [this](const TipsetPtr& tipset) { return index(tipset); }),
        writer_(kv, space) {}

  Result<TipsetKey> run() {
    TRY(refuse_a_second_chain());
    const auto known = TRY(load_import(kv_));
    const bool same = known && !known->roots.empty() && known->roots == reader_.roots() &&
                      known->size == reader_.size() && known->genesis == options_.genesis;
    if (same && known->whole) return known->head;
    if (same) {
      TRY(go_on(*known));
    } else {
      TRY(begin(known.has_value()));
    }
    auto read = read_all();
    if (!read) {
      // What was read last time may not be what lies there now.
      if (same && read.error().code == ErrorCode::invalid) TRY(forget_import(kv_));
      return std::unexpected(std::move(read).error());
    }
    TRY(check_whole());
    return record_.head;
  }

 private:
  Result<> refuse_a_second_chain() {
    if (TRY(has_chain(kv_)))
      return fail(ErrorCode::exists, "this repository has a chain already: --remove-existing-chain replaces it");
    return {};
  }

  Result<> begin(bool another_was_begun) {
    if (another_was_begun) TRY(reset_index(kv_));
    record_.genesis = options_.genesis;
    record_.size = reader_.size();
    record_.roots = reader_.roots();
    record_.head.cids = reader_.roots();
    record_.mark = reader_.mark();
    std::optional<CarReader::Block> first;
    if (record_.roots.size() == 1) {
      first = TRY(reader_.next());
      if (auto metadata = first ? decode_metadata(*first, record_.roots[0]) : std::nullopt) {
        record_.head = metadata->head;
        // Certificates of F3, which this node does not follow: as large as they are, they are passed over.
        if (metadata->f3_data && TRY(reader_.skip()) != metadata->f3_data)
          return fail(ErrorCode::invalid, "the block behind the metadata is not the F3 data that they name");
        record_.mark = reader_.mark();
        first.reset();
      }
    }
    TRY(headers_.begin(record_.head, -1));
    record_.expected = record_.head;
    // From the first write on the database says that an import is under way.
    TRY(save_import(kv_, record_));
    if (!options_.execute) state_.emplace(true);
    if (first) TRY(take(*std::move(first)));
    return {};
  }

  Result<> go_on(const ImportRecord& record) {
    record_ = record;
    TRY(headers_.begin(record_.expected, record_.epoch));
    if (record_.epoch == 0) headers_.set_complete();
    // Of the tipset that is expected some blocks may have come by.
    for (const auto& cid : record_.expected.cids) {
      if (auto data = TRY(blocks_->get(cid))) TRY(headers_.take(cid, *data));
    }
    log_info("chain", "the import goes on behind {} blocks", record_.blocks);
    return reader_.go_on_from(record_.mark);
  }

  Result<> read_all() {
    uint64_t noted = reader_.mark().block, told = noted;
    while (auto block = TRY(reader_.next())) {
      TRY(take(*std::move(block)));
      const auto mark = reader_.mark();
      if (mark.block < told + kProgressBytes) continue;
      told = mark.block;
      if (auto go_on = tell("importing", reader_.position(), reader_.size()); !go_on) {
        TRY(note(mark));
        return go_on;
      }
      if (mark.block < noted + options_.checkpoint_bytes) continue;
      noted = mark.block;
      TRY(note(mark));
    }
    return writer_.flush();
  }

  Result<> take(CarReader::Block block) {
    if (state_ && heads_ < record_.head.cids.size() &&
        std::ranges::find(record_.head.cids, block.cid) != record_.head.cids.end()) {
      ++heads_;
      auto header = TRY_IN("header " + block.cid.str(), from_cbor<BlockHeader>(block.data));
      state_->add_root(header.parent_state_root);
      state_->add_root(header.messages);
    }
    TRY(headers_.take(block.cid, block.data));
    if (state_) TRY(state_->take(block.cid, block.data));
    ++record_.blocks;
    return writer_.put(block.cid, std::move(block.data));
  }

  Result<> index(const TipsetPtr& tipset) {
    if (tipset->height() == 0 && state_) state_->add_root(tipset->parent_state());
    return writer_.write({std::string(spaces::kCanonical), epoch_key(tipset->height()), tipset->key().bytes()});
  }

  Result<> note(const CarMark& mark) {
    TRY(writer_.flush());
    record_.mark = mark;
    record_.expected = headers_.expected();
    record_.epoch = headers_.epoch();
    return save_import(kv_, record_);
  }

  Result<> tell(std::string_view step, uint64_t done, uint64_t total) {
    if (options_.stopped && options_.stopped()) {
      return fail(ErrorCode::cancelled, "stopped; the same command goes on from here");
    }
    if (options_.progress) options_.progress({step, done, total, record_.blocks, headers_.epoch()});
    return {};
  }

  /// After the last block: the chain down to the genesis, the head's messages and state, the genesis's state.
  Result<> check_whole() {
    uint64_t looked_up = 0;
    auto each = [&](std::string_view step) -> Result<> {
      constexpr uint64_t kTellEvery = 1024;
      return ++looked_up % kTellEvery == 0 ? tell(step, looked_up, 0) : Result<>();
    };
    TRY(headers_.finish(*blocks_, [&] { return each("following the headers"); }));
    if (!options_.execute) {
      TRY_IN("the snapshot is not whole", check_state([&] { return each("checking the state"); }));
    }
    TRY(writer_.flush());
    record_.whole = true;
    const KvStore::Write writes[] = {
        import_write(record_),
        {std::string(spaces::kMeta), to_bytes("genesis"), TipsetKey{{options_.genesis}}.bytes()}};
    return kv_.write(writes, true);
  }

  Result<> check_state(const std::function<Result<>()>& each) {
    if (!state_ || heads_ < record_.head.cids.size()) {
      state_.emplace(false);
      for (const auto& cid : record_.head.cids) {
        auto header = TRY(get_cbor<BlockHeader>(*blocks_, cid));
        state_->add_root(header.parent_state_root);
        state_->add_root(header.messages);
      }
      state_->add_root(TRY(get_cbor<BlockHeader>(*blocks_, options_.genesis)).parent_state_root);
    }
    TRY(state_->finish(*blocks_, each));
    return warn_about_lookback();
  }

  /// Elections look at the state of 900 epochs ago: without it the next blocks cannot be validated.
  Result<> warn_about_lookback() {
    auto header = TRY(get_cbor<BlockHeader>(*blocks_, record_.head.cids.front()));
    const ChainEpoch head = header.height;
    while (header.height > 0 && header.height > head - kWinningPoStLookback) {
      if (!TRY(blocks_->has(header.parent_state_root))) {
        log_warn("chain", "the snapshot has the states of only {} epochs; validating blocks needs those of {}",
                 head - header.height, kWinningPoStLookback);
        return {};
      }
      header = TRY(get_cbor<BlockHeader>(*blocks_, header.parents.front()));
    }
    return {};
  }

  KvStore& kv_;
  const ImportOptions& options_;
  CarReader reader_;
  BlockstorePtr blocks_;
  ImportRecord record_;
  HeaderChain headers_;
  std::optional<StateWatch> state_;
  size_t heads_ = 0;  ///< blocks of the head seen
  ImportWriter writer_;
};

}  // namespace

Result<TipsetKey> import_snapshot(KvStore& kv, const std::string& space, std::unique_ptr<CarSource> source,
                                  const ImportOptions& options) {
  auto reader = TRY_IN("the snapshot", CarReader::from_source(std::move(source)));
  Import import(kv, space, options, std::move(reader));
  return in_context(import.run(), "importing the snapshot");
}

}  // namespace nelumbo::chain
