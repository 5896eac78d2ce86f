// StateCall, StateWaitMsg …: running messages and finding them on the chain.

#include "chain/compute.hpp"
#include "chain/wait.hpp"
#include "codec/cbor.hpp"
#include "decoding.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

/// An API's look-back limit: -1 is none.
std::optional<ChainEpoch> look_back(ChainEpoch limit) {
  if (limit < 0) return std::nullopt;
  return limit;
}

Result<rpc::MsgLookup> api_lookup(Context& context, const chain::MessageLookup& found) {
  rpc::MsgLookup out{.message = found.message,
                     .receipt = found.receipt,
                     .tipset = found.tipset->key(),
                     .height = found.tipset->height()};
  auto message = TRY(context.store->message(found.message));
  out.return_dec = TRY(decoded_return(context, message.message, found.receipt, *found.tipset));
  return out;
}

rpc::MsgGasCost gas_cost(const chain::Invocation& run) {
  const auto& r = run.result;
  rpc::MsgGasCost out{.message = run.cid,
                      .gas_used = r.receipt.gas_used,
                      .base_fee_burn = r.base_fee_burn,
                      .over_estimation_burn = r.over_estimation_burn,
                      .miner_penalty = r.penalty,
                      .miner_tip = r.miner_tip,
                      .refund = r.refund};
  if (!run.implicit) out.total_cost = run.message.gas_fee_cap * run.message.gas_limit - r.refund;
  return out;
}

/// The whole call tree. A message that was refused before its first call has none; then this is what would have run.
Result<rpc::ExecutionTrace> call_tree(const chain::Invocation& run) {
  if (!run.result.trace.empty()) {
    // Our own engine made it, within the gas of one message.
    const CborLimits limits{.max_bytes = 1u << 30, .max_text = 1u << 30, .max_items = 1u << 30};
    return TRY_IN("the trace of message " + run.cid.str(), from_cbor<rpc::ExecutionTrace>(run.result.trace, limits));
  }
  rpc::ExecutionTrace out;
  out.msg = {.from = run.message.from,
             .to = run.message.to,
             .value = run.message.value,
             .method = run.message.method,
             .params = run.message.params,
             .params_codec = run.message.params.empty() ? 0 : multicodec::kDagCbor,
             .gas_limit = static_cast<uint64_t>(std::max<int64_t>(0, run.message.gas_limit))};
  out.msg_rct.exit_code = run.result.receipt.exit_code;
  return out;
}

Result<rpc::InvocResult> api_invocation(const chain::Invocation& run) {
  rpc::InvocResult out{.msg_cid = run.cid,
                       .msg = run.message,
                       .msg_rct = run.result.receipt,
                       .gas_cost = gas_cost(run),
                       .error = run.result.failure,
                       .duration = static_cast<int64_t>(run.seconds * 1e9)};
  out.execution_trace = TRY(call_tree(run));
  return out;
}

Result<rpc::InvocResult> replay(Context& context, const TipsetKey& key, const Cid& cid) {
  TipsetPtr tipset;
  if (!key.empty()) {
    tipset = TRY(context.tipset(key));
  } else {
    auto found = TRY(context.states->find_message(context.head->head(), cid, std::nullopt, true));
    if (!found) return fail(ErrorCode::not_found, "the message {} is not on the chain", cid.str());
    tipset = TRY(context.store->parent(*found->tipset));
  }
  return api_invocation(TRY(context.states->replay(tipset, cid)));
}

Result<rpc::ComputeStateOutput> compute_state(Context& context, ChainEpoch height, const std::vector<Message>& messages,
                                              const TipsetKey& key) {
  auto tipset = TRY(context.tipset(key));
  auto computed = TRY(chain::compute_state(*context.states, tipset, height, messages));
  rpc::ComputeStateOutput out;
  out.root = computed.state_root;
  for (const auto& run : computed.trace) {
    auto invocation = TRY(api_invocation(run));
    out.trace.push_back(std::move(invocation));
  }
  return out;
}

Result<std::optional<rpc::MsgLookup>> search(Context& context, const TipsetKey& from, const Cid& cid, ChainEpoch limit,
                                             bool allow_replaced) {
  auto tipset = TRY(context.tipset(from));
  auto found = TRY(context.states->find_message(tipset, cid, look_back(limit), allow_replaced));
  if (!found) return std::optional<rpc::MsgLookup>();
  auto lookup = TRY(api_lookup(context, *found));
  return std::optional<rpc::MsgLookup>(std::move(lookup));
}

/// One StateWaitMsg: its subscription to the chain lives until the message is found or the caller goes away.
class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(Context& context, rpc::Reply<full::StateWaitMsg_t> reply) : context_(context), reply_(std::move(reply)) {}

  void start(const Cid& cid, uint64_t confidence, ChainEpoch limit, bool allow_replaced, std::stop_token stop) {
    auto self = shared_from_this();
    auto watch = chain::watch_message(context_.states, cid, confidence, look_back(limit), allow_replaced,
                                      [self](Result<chain::MessageLookup> found) { self->done(std::move(found)); });
    {
      std::lock_guard lock(mutex_);
      watch_ = std::move(watch);
    }
    stopped_.emplace(std::move(stop), [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->done(fail(ErrorCode::cancelled, "the caller no longer waits"));
    });
    end_if_done();
  }

 private:
  void done(Result<chain::MessageLookup> found) {
    if (done_.exchange(true)) return;
    if (found) {
      reply_(api_lookup(context_, *found));
    } else {
      reply_(std::unexpected(std::move(found).error()));
    }
    // A subscription must not end inside its own callback, and it holds this object.
    context_.workers->post([self = shared_from_this()] { self->end_if_done(); });
  }
  void end_if_done() {
    if (!done_) return;
    chain::Subscription ended;
    std::lock_guard lock(mutex_);
    std::swap(ended, watch_);
  }

  Context& context_;
  rpc::Reply<full::StateWaitMsg_t> reply_;
  std::atomic<bool> done_ = false;
  std::mutex mutex_;
  chain::Subscription watch_;
  std::optional<std::stop_callback<std::function<void()>>> stopped_;
};

void wait_message(Context& context, rpc::RawReply reply, std::stop_token stop, const Cid& cid, uint64_t confidence,
                  ChainEpoch limit, bool allow_replaced) {
  auto waiting = std::make_shared<Waiting>(context, rpc::Reply<full::StateWaitMsg_t>(std::move(reply)));
  context.workers->post([=] { waiting->start(cid, confidence, limit, allow_replaced, stop); });
}

/// The messages of the chain from a tipset down to an epoch that match.
Result<std::vector<Cid>> list_messages(Context& context, const rpc::MessageMatch& match, const TipsetKey& key,
                                       ChainEpoch to_height) {
  if (!match.to && !match.from) return fail(ErrorCode::invalid, "give the sender or the receiver to look for");
  auto tipset = TRY(context.tipset(key));
  auto canonical = [&](const std::optional<Address>& address) -> Result<std::optional<Address>> {
    if (!address) return std::optional<Address>();
    return std::optional<Address>(TRY(context.states->lookup_id(*address, *tipset)));
  };
  auto to = TRY(canonical(match.to));
  auto from = TRY(canonical(match.from));
  auto same = [&](const std::optional<Address>& wanted, const Address& address, const Tipset& at) {
    if (!wanted) return true;
    auto id = context.states->lookup_id(address, at);
    return id && *id == *wanted;
  };
  std::vector<Cid> out;
  while (tipset->height() >= to_height) {
    for (const auto& each : TRY(context.store->messages_of(*tipset))) {
      if (same(to, each.message.to, *tipset) && same(from, each.message.from, *tipset)) out.push_back(each.cid);
    }
    if (tipset->height() == 0) break;
    tipset = TRY(context.store->parent(*tipset));
  }
  return out;
}

template <class M, class Arguments>
void bind_wait(rpc::Server& server, Context& context, const M&, Arguments arguments) {
  server.bind_raw_async(
      M::info,
      [&context, arguments](const rpc::Server::ParamTexts& texts, const rpc::CallContext& call, rpc::RawReply reply) {
        auto params = rpc::MethodCodec<M>::get_params(texts);
        if (!params)
          return reply(std::unexpected(rpc::Failure(rpc::kInvalidParams, std::move(params).error().message)));
        arguments(*params, [&](const Cid& cid, uint64_t confidence, ChainEpoch limit, bool allow_replaced) {
          wait_message(context, std::move(reply), call.stop, cid, confidence, limit, allow_replaced);
        });
      },
      rpc::detail::schemas_of<M>);
}

void bind_search(rpc::Server& server, Context& context) {
  server.bind(full::StateSearchMsg, [&](const TipsetKey& from, const Cid& cid, ChainEpoch limit, bool allow_replaced) {
    return search(context, from, cid, limit, allow_replaced);
  });
  server.bind(rpc::v0::StateSearchMsg, [&](const Cid& cid) { return search(context, {}, cid, -1, true); });
  server.bind(rpc::v0::StateSearchMsgLimited,
              [&](const Cid& cid, ChainEpoch limit) { return search(context, {}, cid, limit, true); });
  server.bind(rpc::v0::StateGetReceipt, [&](const Cid& cid, const TipsetKey& key) -> Result<Receipt> {
    auto found = TRY(search(context, key, cid, -1, true));
    if (!found) return fail(ErrorCode::not_found, "the message {} is not on the chain", cid.str());
    return found->receipt;
  });
  bind_wait(server, context, full::StateWaitMsg,
            [](auto& p, auto wait) { wait(std::get<0>(p), std::get<1>(p), std::get<2>(p), std::get<3>(p)); });
  bind_wait(server, context, rpc::v0::StateWaitMsg,
            [](auto& p, auto wait) { wait(std::get<0>(p), std::get<1>(p), -1, true); });
  bind_wait(server, context, rpc::v0::StateWaitMsgLimited,
            [](auto& p, auto wait) { wait(std::get<0>(p), std::get<1>(p), std::get<2>(p), true); });
}

}  // namespace

void bind_state_messages(rpc::Server& server, Context& context) {
  server.bind(full::StateCall, [&](const Message& message, const TipsetKey& key) -> Result<rpc::InvocResult> {
    return api_invocation(TRY(context.states->call(message, TRY(context.tipset(key)))));
  });
  server.bind(full::StateReplay, [&](const TipsetKey& key, const Cid& cid) { return replay(context, key, cid); });
  server.bind(full::StateCompute, [&](ChainEpoch height, const std::vector<Message>& messages, const TipsetKey& key) {
    return compute_state(context, height, messages, key);
  });
  server.bind(full::StateListMessages, [&](const rpc::MessageMatch& match, const TipsetKey& key, ChainEpoch to_height) {
    return list_messages(context, match, key, to_height);
  });
  bind_search(server, context);
}

}  // namespace nelumbo::node
