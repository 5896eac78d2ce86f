#include "pool/gas.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <random>

#include "base/lru_cache.hpp"

namespace nelumbo::pool {

namespace {

constexpr uint64_t kMinPremium = 100'000;  ///< attoFIL per gas
constexpr uint64_t kMaxPremiumEpochs = 128;
constexpr int64_t kBlockGasTarget = kBlockGasLimit / 2;
/// The base fee rises by at most this part (1/8) in an epoch.
constexpr double kBaseFeeStep = 1.0 / 8;
// What message_gas estimates for.
constexpr uint64_t kPremiumEpochs = 10;
constexpr int64_t kFeeCapEpochs = 20;

/// factor * amount with 32 binary places.
TokenAmount scaled(const TokenAmount& amount, double factor) {
  return amount * static_cast<uint64_t>(std::llround(std::ldexp(factor, 32))) >> 32;
}

}  // namespace

double premium_noise() {
  std::random_device device;
  std::mt19937_64 engine(device());
  return std::normal_distribution<double>(1, 0.005)(engine);
}

void cap_gas_fee(Message& message, const TokenAmount& default_max_fee, const SendLimits& limits) {
  const TokenAmount& max_fee = limits.max_fee == 0 ? default_max_fee : limits.max_fee;
  if (message.gas_limit > 0 && (limits.maximize_fee_cap || message.gas_fee_cap * message.gas_limit > max_fee)) {
    message.gas_fee_cap = max_fee / message.gas_limit;
  }
  message.gas_premium = std::min(message.gas_premium, message.gas_fee_cap);
}

TokenAmount median_premium(std::vector<PremiumSample> samples, size_t blocks) {
  std::sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.premium > b.premium; });
  auto target = kBlockGasTarget * static_cast<int64_t>(blocks);
  int64_t left = target / 2 + target / 40;
  TokenAmount last, before;
  for (const auto& sample : samples) {
    before = last;
    last = sample.premium;
    left -= sample.gas_limit;
    if (left < 0) break;
  }
  // With gas left over, blocks were emptier than that and nobody had to pay: but a premium that was paid is a fact.
  return before == 0 ? last : TokenAmount((last + before) / 2);
}

struct GasEstimator::State {
  std::shared_ptr<ChainSource> source;
  std::shared_ptr<MessagePool> pool;
  CallWithGas call;
  TokenAmount default_max_fee;
  std::function<double()> noise;
  std::mutex mutex;
  LruCache<TipsetKey, std::vector<PremiumSample>> samples{64};

  Result<TipsetPtr> tipset(const TipsetKey& key) {
    return key.empty() ? Result<TipsetPtr>(source->head()) : source->tipset(key);
  }

  Result<std::vector<PremiumSample>> samples_of(const Tipset& tipset) {
    {
      std::lock_guard lock(mutex);
      if (auto known = samples.get(tipset.key())) return *known;
    }
    std::vector<PremiumSample> out;
    for (const auto& message : TRY(source->tipset_messages(tipset))) {
      out.push_back({message.gas_premium, message.gas_limit});
    }
    std::lock_guard lock(mutex);
    samples.put(tipset.key(), out);
    return out;
  }
};

GasEstimator::GasEstimator(std::shared_ptr<ChainSource> source, std::shared_ptr<MessagePool> pool, CallWithGas call,
                           TokenAmount default_max_fee, std::function<double()> noise)
    : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  state_->pool = std::move(pool);
  state_->call = std::move(call);
  state_->default_max_fee = std::move(default_max_fee);
  state_->noise = std::move(noise);
}
GasEstimator::~GasEstimator() = default;

const TokenAmount& GasEstimator::default_max_fee() const { return state_->default_max_fee; }

Result<int64_t> GasEstimator::gas_limit(const Message& original) const {
  Message message = original;
  message.gas_limit = kBlockGasLimit;
  message.gas_fee_cap = 0;
  message.gas_premium = 0;
  TipsetPtr base = state_->pool->head();
  std::vector<MessagePtr> prior;
  for (const auto& pending : state_->pool->pending_for(message.from)) {
    if (pending->message.nonce == message.nonce) break;
    prior.push_back(pending);
  }
  std::string failure;
  auto receipt = TRY_IN("estimating gas", state_->call(message, prior, base, failure));
  if (receipt.exit_code != 0) {
    return fail(ErrorCode::failed, "estimating gas: the message would fail with exit code {}{}{}", receipt.exit_code,
                failure.empty() ? "" : ": ", failure);
  }
  return receipt.gas_used;
}

Result<TokenAmount> GasEstimator::gas_premium(uint64_t epochs, const TipsetKey& key) const {
  epochs = std::clamp<uint64_t>(epochs, 1, kMaxPremiumEpochs);
  std::vector<PremiumSample> samples;
  size_t blocks = 0;
  auto tipset = TRY(state_->tipset(key));
  for (uint64_t i = 0; i < 2 * epochs && tipset->height() > 0; ++i) {
    tipset = TRY(state_->source->tipset(tipset->parents()));
    blocks += tipset->blocks().size();
    auto more = TRY(state_->samples_of(*tipset));
    samples.insert(samples.end(), more.begin(), more.end());
  }
  TokenAmount premium = median_premium(std::move(samples), blocks);
  if (premium < kMinPremium) {
    // The more haste, the larger the least premium.
    premium = epochs == 1 ? kMinPremium * 2 : epochs == 2 ? kMinPremium * 3 / 2 : kMinPremium;
  }
  return scaled(premium, state_->noise());
}

Result<TokenAmount> GasEstimator::fee_cap(const Message& message, int64_t epochs, const TipsetKey& key) const {
  auto tipset = TRY(state_->tipset(key));
  double growth = std::pow(1 + kBaseFeeStep, static_cast<double>(epochs));
  // Eight binary places, as lotus computes it.
  auto factor = static_cast<uint64_t>(growth * 256);
  return tipset->parent_base_fee() * factor / 256 + message.gas_premium;
}

Result<Message> GasEstimator::message_gas(Message message, const SendLimits& limits, const TipsetKey& key) const {
  if (!message.to.defined()) return fail(ErrorCode::invalid, "the message has no To address");
  if (!message.from.defined()) return fail(ErrorCode::invalid, "the message has no From address");
  if (message.gas_limit == 0) {
    auto used = static_cast<double>(TRY(gas_limit(message)));
    auto limit = static_cast<int64_t>(used * state_->pool->config().gas_limit_overestimation);
    message.gas_limit = std::min(limit, kBlockGasLimit);
  }
  if (message.gas_premium == 0)
    message.gas_premium = TRY_IN("estimating the premium", gas_premium(kPremiumEpochs, key));
  if (message.gas_fee_cap == 0)
    message.gas_fee_cap = TRY_IN("estimating the fee cap", fee_cap(message, kFeeCapEpochs, key));
  cap_gas_fee(message, state_->default_max_fee, limits);
  return message;
}

}  // namespace nelumbo::pool
