#pragma once
// Methods whose answer depends only on their parameters and a tipset: answered from memory when asked again.

#include "context.hpp"

namespace nelumbo::node {

/// Where an answer is kept, and the head that the call's tipset key stands for.
struct AnswerSlot {
  std::string key;
  TipsetPtr head;  ///< null when the call names its tipset
};
/// The last parameter is the tipset key; an empty one is the head's.
AnswerSlot answer_slot(const Context& context, std::string_view method, const rpc::Server::ParamTexts& texts);

/// Binds `f(tipset, parameters before the key...) -> Result<value>`. A kept answer is given at once by the I/O thread,
/// without reading parameters; all else runs on the workers.
template <class M, class F>
void bind_cached(rpc::Server& server, Context& context, const M&, F f) {
  using Codec = rpc::MethodCodec<M>;
  auto compute = [&context, f = std::move(f)](const rpc::Server::ParamTexts& texts,
                                              const TipsetPtr& head) -> Result<std::string> {
    auto params = TRY(Codec::get_params(texts));
    constexpr size_t last = std::tuple_size_v<typename M::Params> - 1;
    TipsetPtr tipset = head ? head : TRY(context.tipset(std::get<last>(params)));
    auto value = [&]<size_t... I>(std::index_sequence<I...>) {
      return f(tipset, std::get<I>(params)...);
    }(std::make_index_sequence<last>());
    std::string out;
    if (!value) return std::unexpected(std::move(value).error());
    Codec::put_value(out, *value);
    return out;
  };
  server.bind_raw_async(
      M::info,
      [&context, compute = std::make_shared<decltype(compute)>(std::move(compute))](
          const rpc::Server::ParamTexts& texts, const rpc::CallContext&, rpc::RawReply reply) {
        auto slot = answer_slot(context, M::info.name, texts);
        if (auto kept = context.answers->get(slot.key)) return reply(kept->text());
        std::vector<std::string> owned(texts.begin(), texts.end());
        context.workers->post([&context, compute, reply, owned = std::move(owned), slot = std::move(slot)] {
          auto answer = (*compute)(rpc::Server::ParamTexts(owned.begin(), owned.end()), slot.head);
          if (!answer) return reply(std::unexpected(rpc::Failure(std::move(answer).error())));
          context.answers->put(slot.key, rpc::RawJson(*answer));
          reply(*std::move(answer));
        });
      },
      rpc::detail::schemas_of<M>);
}

}  // namespace nelumbo::node
