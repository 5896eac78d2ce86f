// What of the pool is on the disk: this node's own messages and the configuration.

#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "pool_state.hpp"
#include "types/network.hpp"

namespace nelumbo::pool {

namespace {

constexpr std::string_view kMessagePrefix = "m/";

/// A message with the head's epoch when it was pushed.
struct Kept {
  ChainEpoch epoch = 0;
  SignedMessage message;
  static constexpr auto fields = nelumbo::fields(field("Epoch", &Kept::epoch), field("Message", &Kept::message));
};

constexpr std::string_view kConfigKey = "config";

/// The configuration as stored; CBOR on chain rules has no floats, so the factor is text.
struct KeptConfig {
  std::vector<Address> priority_addresses;
  uint64_t size_limit_high = 0, size_limit_low = 0, replace_by_fee_percent = 0;
  int64_t prune_cooldown = 0;  ///< nanoseconds
  std::string gas_limit_overestimation;
  static constexpr auto fields = nelumbo::fields(
      field("PriorityAddrs", &KeptConfig::priority_addresses), field("SizeLimitHigh", &KeptConfig::size_limit_high),
      field("SizeLimitLow", &KeptConfig::size_limit_low),
      field("ReplaceByFeeRatio", &KeptConfig::replace_by_fee_percent),
      field("PruneCooldown", &KeptConfig::prune_cooldown),
      field("GasLimitOverestimation", &KeptConfig::gas_limit_overestimation));
};

Bytes key_of(const SignedMessage& message) {
  Bytes key = to_bytes(kMessagePrefix);
  auto cid = message.cid();
  auto bytes = cid.bytes();
  key.insert(key.end(), bytes.begin(), bytes.end());
  return key;
}

}  // namespace

Result<> MessagePool::State::keep(const SignedMessage& message, ChainEpoch epoch) {
  KvStore::Write write{std::string(kLocalSpace), key_of(message), to_cbor(Kept{epoch, message})};
  return in_context(store->write({&write, 1}, true), "keeping an own message");
}

Result<> MessagePool::State::forget(std::span<const MessagePtr> messages) {
  std::vector<KvStore::Write> writes;
  for (const auto& message : messages) writes.push_back({std::string(kLocalSpace), key_of(*message), std::nullopt});
  return store->write(writes, false);
}

Result<> MessagePool::State::keep_config(const Config& c) {
  KeptConfig kept{c.priority_addresses,     c.size_limit_high,        c.size_limit_low,
                  c.replace_by_fee_percent, c.prune_cooldown.count(), fmt::format("{}", c.gas_limit_overestimation)};
  return in_context(store->put(kLocalSpace, as_bytes(kConfigKey), to_cbor(kept)), "keeping the pool's configuration");
}

Result<Config> MessagePool::State::load_config() {
  auto stored = TRY(store->get(kLocalSpace, as_bytes(kConfigKey)));
  if (!stored) return Config{};
  auto kept = TRY_IN("the pool's stored configuration", from_cbor<KeptConfig>(*stored));
  Config out{.priority_addresses = kept.priority_addresses,
             .size_limit_high = kept.size_limit_high,
             .size_limit_low = kept.size_limit_low,
             .replace_by_fee_percent = kept.replace_by_fee_percent,
             .prune_cooldown = std::chrono::nanoseconds(kept.prune_cooldown)};
  const auto& text = kept.gas_limit_overestimation;
  auto read = std::from_chars(text.data(), text.data() + text.size(), out.gas_limit_overestimation);
  if (read.ec != std::errc())
    return fail(ErrorCode::invalid, "stored gas limit overestimation \"{}\" is no number", text);
  TRY_IN("the pool's stored configuration", check_config(out));
  return out;
}

Result<> MessagePool::State::load_local_locked() {
  std::vector<Kept> kept;
  Result<> broken;
  TRY(store->scan(kLocalSpace, as_bytes(kMessagePrefix), [&](BytesView key, BytesView value) {
    if (!as_text(key).starts_with(kMessagePrefix)) return false;
    auto one = from_cbor<Kept>(value);
    if (!one) broken = std::unexpected(std::move(one).error().in("own message kept on disk"));
    if (one) kept.push_back(std::move(*one));
    return broken.has_value();
  }));
  TRY(std::move(broken));
  std::sort(kept.begin(), kept.end(),
            [](const Kept& a, const Kept& b) { return a.message.message.nonce < b.message.message.nonce; });

  std::vector<MessagePtr> final;  // used nonces that no reorganisation can free
  for (auto& one : kept) {
    auto message = std::make_shared<const SignedMessage>(std::move(one.message));
    Refusal refusal = Refusal::none;
    auto fits = check_state_locked(*message, Origin::local, refusal);
    if (fits) {
      auto added = insert_locked(message, queue_rules(Origin::local), refusal);
      if (!added)
        log_warn("mpool", "own message {} is not taken up again: {}", message->cid().str(), added.error().message);
      local.insert(message->message.from);
    } else if (refusal == Refusal::nonce_too_low) {
      if (head->height() > one.epoch + kChainFinality) final.push_back(message);
    } else {
      log_warn("mpool", "own message {} is not taken up again: {}", message->cid().str(), fits.error().message);
      local.insert(message->message.from);
    }
  }
  return forget(final);
}

}  // namespace nelumbo::pool
