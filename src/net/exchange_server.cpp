#include "exchange_server.hpp"

namespace nelumbo::net {

namespace {

ExchangeResponse refusal(ExchangeStatus status, std::string why) {
  constexpr size_t kMaxText = 512;
  if (why.size() > kMaxText) why.resize(kMaxText);
  return {status, std::move(why), {}};
}

Result<Bytes> encode_tipset(chain::ChainStore& store, const Tipset& tipset, uint64_t options) {
  ExchangeTipset out;
  if (options & exchange_option::kHeaders) out.blocks = tipset.blocks();
  if (options & exchange_option::kMessages) {
    std::vector<chain::FullBlock> full;
    for (const auto& header : tipset.blocks()) full.push_back(TRY(store.full_block(header)));
    out.messages = compact(full);
  }
  return to_cbor(out);
}

ExchangeResponse collect(chain::ChainStore& store, const ExchangeRequest& request, const AnswerLimits& limits) {
  ExchangeResponse out;
  TipsetKey key{request.head};
  size_t bytes = 0;
  const size_t wanted = std::min<size_t>(request.length, limits.tipsets);
  bool at_genesis = false;
  while (out.chain.size() < wanted && !at_genesis) {
    auto tipset = store.load_tipset(key);
    auto encoded = tipset ? encode_tipset(store, **tipset, request.options)
                          : Result<Bytes>(std::unexpected(std::move(tipset).error()));
    if (!encoded) {
      if (!out.chain.empty()) break;  // older ones are not kept here
      auto status =
          encoded.error().code == ErrorCode::not_found ? ExchangeStatus::not_found : ExchangeStatus::internal_error;
      return refusal(status, std::move(encoded.error().message));
    }
    if (!out.chain.empty() && bytes + encoded->size() > limits.bytes) break;
    bytes += encoded->size();
    out.chain.push_back({*std::move(encoded)});
    at_genesis = (*tipset)->height() == 0;
    key = (*tipset)->parents();
  }
  if (out.chain.size() < request.length) out.status = ExchangeStatus::partial;
  return out;
}

}  // namespace

Result<Bytes> answer_exchange(chain::ChainStore& store, BytesView request, const AnswerLimits& limits) {
  if (auto raw = from_cbor<ExchangeRequest>(request, {.max_items = kMaxTipsetBlocks}); !raw) {
    return std::unexpected(std::move(raw).error());
  }
  auto decoded = decode_exchange_request(request);
  if (!decoded) return to_cbor(refusal(ExchangeStatus::bad_request, decoded.error().message));
  return to_cbor(collect(store, *decoded, limits));
}

}  // namespace nelumbo::net
