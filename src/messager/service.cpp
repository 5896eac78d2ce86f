#include "messager/service.hpp"

#include "base/log.hpp"
#include "engine_room.hpp"
#include "intake.hpp"
#include "views.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager {

namespace {

class ServiceImpl final : public Service {
 public:
  ServiceImpl(ServiceConfig config, std::shared_ptr<Book> book, std::vector<std::shared_ptr<ChainNode>> nodes,
              std::shared_ptr<p2p::Transport> transport, std::shared_ptr<Clock> clock)
      : core_(std::move(config), std::move(book), std::move(nodes), std::move(transport), std::move(clock)),
        intake_(core_),
        engine_room_(core_) {}
  ~ServiceImpl() override { stop(); }

  void start() override { engine_room_.start(); }
  void stop() override {
    core_.stopped = true;
    core_.news.tell();
    engine_room_.stop();
  }

  Result<SignedMessage> send(const Message& message, const rpc::MessageSendSpec& spec) override {
    return intake_.send(message, spec);
  }

  Result<rpc::MessageServerStatus> status() override {
    core_.refresh_ledger();
    auto out = TRY(status_view(core_));
    out.network = network_name();
    return out;
  }
  Result<std::vector<rpc::MessageRecord>> list(const rpc::MessageQuery& query) override {
    MessageFilter filter;
    filter.address = query.address;
    filter.on_chain = query.on_chain;
    filter.from_nonce = query.from_nonce;
    filter.to_nonce = query.to_nonce;
    filter.kind = query.kind;
    filter.limit = query.limit;
    filter.offset = query.offset;
    return records_of(core_, TRY(core_.book->list(filter)));
  }
  Result<rpc::MessageRecord> get(const Cid& cid) override { return record_of(core_, TRY(row_of(cid))); }
  Result<rpc::MessageRecord> get_by_uuid(const std::string& uuid) override {
    auto row = TRY(core_.book->find_uuid(uuid));
    if (!row) return fail(ErrorCode::not_found, "no message has the uuid \"{}\"", uuid);
    return record_of(core_, *row);
  }
  Result<rpc::MessageRecord> wait(const Cid& cid, uint64_t confidence, std::stop_token stop) override {
    while (true) {
      const auto seen = core_.news.count();
      auto row = TRY(row_of(cid));
      if (row.epoch != 0 && core_.height() - row.epoch >= static_cast<ChainEpoch>(confidence)) {
        return record_of(core_, row);
      }
      if (core_.stopped) return fail(ErrorCode::cancelled, "the message server is stopping");
      if (stop.stop_requested()) return fail(ErrorCode::cancelled, "nobody waits for message {} any more", cid.str());
      core_.news.wait(seen, stop, kPoll);
    }
  }
  Result<> resend(const Cid& cid) override {
    auto row = TRY(row_of(cid));
    if (row.epoch != 0) return fail(ErrorCode::invalid, "message {} is on chain at epoch {}", cid.str(), row.epoch);
    core_.resend(row.address, row.nonce);
    return {};
  }
  Result<rpc::MessageRecord> replace(const Cid& cid, const rpc::MessageReplaceSpec& spec) override {
    auto row = TRY(row_of(cid));
    return record_of(core_, TRY(replace_on_demand(core_, row, row.message.message, row.kind, spec)));
  }
  Result<rpc::MessageRecord> cancel(const Cid& cid, const rpc::MessageReplaceSpec& spec) override {
    auto row = TRY(row_of(cid));
    Message nothing;
    nothing.from = nothing.to = row.address;
    nothing.nonce = row.nonce;
    return record_of(core_, TRY(replace_on_demand(core_, row, std::move(nothing), "Send", spec)));
  }
  Result<uint64_t> prune(std::chrono::seconds older_than) override { return messager::prune(core_, older_than); }
  Result<std::vector<rpc::MessageGap>> gaps(const std::optional<Address>& address) override {
    return gap_views(core_, address);
  }

  Result<std::vector<rpc::MessageWallet>> wallets() override { return wallet_views(core_); }
  Result<Address> import_wallet(const wallet::KeyInfo& key, std::optional<uint64_t> next_nonce) override {
    if (!next_nonce) next_nonce = TRY(nonce_after_all(core_, TRY(wallet::address_of(key))));
    return add(key, *next_nonce);
  }
  Result<Address> new_wallet(const std::string& type, std::optional<uint64_t> next_nonce) override {
    wallet::Wallet fresh(wallet::make_memory_key_store());
    auto address = TRY(fresh.new_key(TRY(wallet::parse_key_type(type))));
    // Nobody can have used a key that was made just now.
    auto key = TRY(fresh.export_key(address));
    return add(key, next_nonce.value_or(0));
  }
  Result<> remove_wallet(const Address& address) override {
    TRY(core_.book->remove_wallet(address));
    log_info("messager", "wallet {} is removed", address.str());
    core_.refresh_ledger();
    return {};
  }
  Result<uint64_t> sync_nonce(const Address& address, std::optional<uint64_t> next_nonce) override {
    auto wallet = TRY(core_.book->wallet(address));
    if (!next_nonce) next_nonce = std::max(wallet.nonce, TRY(nonce_after_all(core_, address)));
    TRY(core_.book->resume(address, *next_nonce));
    log_info("messager", "the next nonce of {} is {} now (it was {})", address.str(), *next_nonce, wallet.nonce);
    core_.refresh_ledger();
    return *next_nonce;
  }

  void report_peers(const std::vector<rpc::PeerInfo>& peers) override { engine_room_.peers().report(peers); }
  std::string metrics() override {
    core_.refresh_ledger();
    return metrics_text(core_);
  }
  bool ready() override { return core_.book_ok && core_.nodes.any_ok(); }

 private:
  Result<MessageRow> row_of(const Cid& cid) {
    auto row = TRY(core_.book->find(cid));
    if (!row) return fail(ErrorCode::not_found, "message {} is not in the table", cid.str());
    return *std::move(row);
  }
  Result<Address> add(const wallet::KeyInfo& key, uint64_t next_nonce) {
    auto address = TRY(core_.book->add_wallet(key, next_nonce));
    log_info("messager", "wallet {} is added; its next nonce is {}", address.str(), next_nonce);
    core_.refresh_ledger();
    return address;
  }
  /// Empty while no node has told it.
  std::string network_name() {
    std::lock_guard lock(network_mutex_);
    if (network_.empty() && core_.nodes.any_ok()) {
      auto network = core_.nodes.ask([](ChainNode& node) { return node.network(); });
      if (network) network_ = network->network_name;
    }
    return network_;
  }

  Core core_;
  Intake intake_;
  EngineRoom engine_room_;
  std::mutex network_mutex_;
  std::string network_;
};

}  // namespace

std::unique_ptr<Service> make_service(ServiceConfig config, std::shared_ptr<Book> book,
                                      std::vector<std::shared_ptr<ChainNode>> nodes,
                                      std::shared_ptr<p2p::Transport> transport, std::shared_ptr<Clock> clock) {
  return std::make_unique<ServiceImpl>(std::move(config), std::move(book), std::move(nodes), std::move(transport),
                                       std::move(clock));
}

}  // namespace nelumbo::messager
