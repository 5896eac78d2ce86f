#include "exchange_client.hpp"

#include "base/log.hpp"

namespace nelumbo::net {

namespace {

constexpr std::chrono::seconds kWait{45};
constexpr size_t kMaxHeaderBytes = 32 << 20;
constexpr size_t kMaxMessageBytes = 96 << 20;
/// Tipsets whose messages are asked for at once: mainnet's are some hundred KiB each.
constexpr size_t kMessageWindow = 32;
constexpr size_t kPeersAsked = 8;

/// Whatever is wrong with what a peer sent is its fault.
template <class T>
Result<T> as_lie(Result<T> result) {
  if (!result) return fail(ErrorCode::invalid, "{}", result.error().message);
  return result;
}

/// The answer's tipsets: the first is `from`, each is the parent of the one before, the last may be the genesis.
Result<std::vector<TipsetPtr>> read_headers(const ExchangeResponse& response, const TipsetKey& from,
                                            const Cid& genesis) {
  std::vector<TipsetPtr> out;
  TipsetKey expected = from;
  for (const auto& each : response.chain) {
    auto decoded = TRY(as_lie(decode_exchange_tipset(each.encoded)));
    auto tipset = TRY(as_lie(Tipset::make(std::move(decoded.blocks))));
    const bool same =
        out.empty() ? std::ranges::is_permutation(tipset->cids(), expected.cids) : tipset->key() == expected;
    if (!same) return fail(ErrorCode::invalid, "tipset {} instead of {}", tipset->key().str(), expected.str());
    if (!out.empty() && tipset->height() >= out.back()->height())
      return fail(ErrorCode::invalid, "height {} below height {}", tipset->height(), out.back()->height());
    if (tipset->height() < 0) return fail(ErrorCode::invalid, "height {}", tipset->height());
    if (tipset->height() == 0 && !tipset->contains(genesis))
      return fail(ErrorCode::invalid, "a chain from another genesis, {}", tipset->key().str());
    expected = tipset->parents();
    out.push_back(std::move(tipset));
    if (out.back()->height() == 0) break;
  }
  return out;
}

Error refusal_of(const ExchangeResponse& response) {
  // What another writes into its refusal may hold anything; it is shown cut short.
  constexpr size_t kMaxText = 120;
  auto text = response.error.substr(0, kMaxText);
  return {ErrorCode::unavailable,
          fmt::format("refused with status {}: {}", static_cast<uint64_t>(response.status), text)};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

ExchangeClient::ExchangeClient(p2p::Transport& transport, Peers& peers, chain::ChainStore& store, ThreadPool& askers,
                               RaceRules rules)
    : transport_(transport), peers_(peers), store_(store), askers_(askers), rules_(rules), window_(kMessageWindow) {}

void ExchangeClient::hint(const TipsetKey& tipset, const PeerId& peer) {
  std::lock_guard lock(hints_mutex_);
  hints_.put(tipset, peer);
}

std::vector<PeerId> ExchangeClient::hinted(const TipsetKey& tipset) {
  std::lock_guard lock(hints_mutex_);
  auto known = hints_.get(tipset);
  return known ? std::vector{*known} : std::vector<PeerId>();
}

void ExchangeClient::judge(const PeerId& peer, const Error& error) {
  peers_.noted_failure(peer);
  if (error.code == ErrorCode::invalid) {
    peers_.offend(peer, Offence::lie, fmt::format("chain exchange: {}", error.message));
  } else {
    log_debug("net", "peer {}: chain exchange: {}", peer, error.message);
  }
}

Result<ExchangeResponse> ExchangeClient::request(const PeerId& peer, const ExchangeRequest& request, size_t max_bytes) {
  const auto start = std::chrono::steady_clock::now();
  auto data = TRY(transport_.request(peer, std::string(kExchangeProtocol), to_cbor(request), max_bytes, kWait));
  auto response = TRY(as_lie(decode_exchange_response(data, request.length)));
  const bool good = response.status == ExchangeStatus::ok || response.status == ExchangeStatus::partial;
  if (!good) return std::unexpected(refusal_of(response));
  if (response.chain.empty()) return fail(ErrorCode::invalid, "an answer without tipsets");
  peers_.noted_answer(peer, seconds_since(start));
  return response;
}

Result<std::vector<TipsetPtr>> ExchangeClient::headers_from(const PeerId& peer, const TipsetKey& from, size_t count) {
  if (!peers_.trusted(peer)) return fail(ErrorCode::permission, "the peer is not trusted");
  if (from.empty() || count == 0) return fail(ErrorCode::invalid, "no tipset to ask for");
  const ExchangeRequest wanted{from.cids, std::min<uint64_t>(count, kMaxExchangeLength), exchange_option::kHeaders};
  const Cid genesis = TRY(store_.genesis())->cids().front();
  auto response = request(peer, wanted, kMaxHeaderBytes);
  auto tipsets = response ? read_headers(*response, from, genesis)
                          : Result<std::vector<TipsetPtr>>(std::unexpected(response.error()));
  if (!tipsets) judge(peer, tipsets.error());
  return tipsets;
}

Result<std::vector<TipsetPtr>> ExchangeClient::headers(const TipsetKey& from, size_t count) {
  auto peers = peers_.exchange_peers(hinted(from));
  if (peers.size() > kPeersAsked) peers.resize(kPeersAsked);
  auto found = race<std::vector<TipsetPtr>>(
      askers_, peers, rules_, [this](const PeerId& peer) { return peers_.expected_seconds(peer); },
      [this, from, count](const PeerId& peer) { return headers_from(peer, from, count); });
  return in_context(std::move(found), "headers from peers");
}

Result<ExchangeClient::Blocks> ExchangeClient::messages_from(const PeerId& peer,
                                                             const std::vector<TipsetPtr>& tipsets) {
  if (!peers_.trusted(peer)) return fail(ErrorCode::permission, "the peer is not trusted");
  const ExchangeRequest wanted{tipsets.front()->cids(), tipsets.size(), exchange_option::kMessages};
  auto read = [&]() -> Result<Blocks> {
    auto response = TRY(request(peer, wanted, kMaxMessageBytes));
    Blocks out;
    for (const auto& each : response.chain) {
      auto decoded = TRY(as_lie(decode_exchange_tipset(each.encoded)));
      if (!decoded.messages) return fail(ErrorCode::invalid, "a tipset without the messages asked for");
      auto blocks = TRY(as_lie(expand(*tipsets[out.size()], *decoded.messages)));
      out.push_back(std::move(blocks));
    }
    return out;
  };
  auto blocks = read();
  if (!blocks) judge(peer, blocks.error());
  return blocks;
}

std::optional<std::vector<chain::FullBlock>> ExchangeClient::stored(const Tipset& tipset) {
  std::vector<chain::FullBlock> out;
  for (const auto& header : tipset.blocks()) {
    auto block = store_.full_block(header);
    if (!block) return std::nullopt;
    out.push_back(*std::move(block));
  }
  return out;
}

/// Fills into[at …] with the messages of tipsets that follow one another.
Result<> ExchangeClient::fetch_run(const std::vector<TipsetPtr>& run, Blocks& into, size_t at) {
  for (size_t done = 0; done < run.size();) {
    const size_t count = std::min(window_.load(), run.size() - done);
    const std::vector<TipsetPtr> part(run.begin() + static_cast<ptrdiff_t>(done),
                                      run.begin() + static_cast<ptrdiff_t>(done + count));
    auto peers = peers_.exchange_peers(hinted(part.front()->key()));
    if (peers.size() > kPeersAsked) peers.resize(kPeersAsked);
    auto too_large = std::make_shared<std::atomic<bool>>(false);
    auto found = race<Blocks>(
        askers_, peers, rules_, [this](const PeerId& peer) { return peers_.expected_seconds(peer); },
        [this, part, too_large](const PeerId& peer) {
          auto blocks = messages_from(peer, part);
          if (!blocks && blocks.error().code == ErrorCode::exhausted) *too_large = true;
          return blocks;
        });
    if (!found && *too_large && count > 1) {
      window_ = count / 2;
      continue;
    }
    auto blocks = TRY_IN("messages from peers", std::move(found));
    for (auto& each : blocks) into[at + done++] = std::move(each);
  }
  return {};
}

Result<std::vector<std::vector<chain::FullBlock>>> ExchangeClient::blocks(const std::vector<TipsetPtr>& tipsets) {
  Blocks out(tipsets.size());
  std::vector<TipsetPtr> run;
  for (size_t i = 0; i <= tipsets.size(); ++i) {
    std::optional<std::vector<chain::FullBlock>> here;
    if (i < tipsets.size()) here = stored(*tipsets[i]);
    if (i < tipsets.size() && !here) {
      run.push_back(tipsets[i]);
      continue;
    }
    if (!run.empty()) TRY(fetch_run(run, out, i - run.size()));
    run.clear();
    if (here) out[i] = *std::move(here);
  }
  return out;
}

Result<std::vector<chain::FullBlock>> ExchangeClient::messages_of(const TipsetPtr& tipset,
                                                                  const std::vector<PeerId>& first) {
  auto peers = peers_.exchange_peers(first);
  if (peers.size() > kPeersAsked) peers.resize(kPeersAsked);
  auto found = TRY_IN("messages from peers",
                      race<Blocks>(
                          askers_, peers, rules_, [this](const PeerId& peer) { return peers_.expected_seconds(peer); },
                          [this, tipset](const PeerId& peer) { return messages_from(peer, {tipset}); }));
  return std::move(found.front());
}

}  // namespace nelumbo::net
