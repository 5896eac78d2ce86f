// lotus mpool …
#include <map>
#include <ostream>
#include <set>

#include "lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<std::vector<SignedMessage>> selected(Context& context, rpc::Client& node) {
  Address to, from;
  if (context.given("to"))
    to = TRY_IN(fmt::format("given 'to' address '{}' was invalid", context.text("to")),
                Address::parse(context.text("to")));
  if (context.given("from"))
    from = TRY_IN(fmt::format("given 'from' address '{}' was invalid", context.text("from")),
                  Address::parse(context.text("from")));
  std::set<Address> own;
  if (context.on("local")) {
    for (auto& each : TRY_IN("getting local addresses", node.call(full::WalletList))) own.insert(std::move(each));
  }
  std::vector<SignedMessage> out;
  for (auto& each : TRY(node.call(full::MpoolPending, TipsetKey()))) {
    if (context.on("local") && !own.contains(each.message.from)) continue;
    if (to.defined() && each.message.to != to) continue;
    if (from.defined() && each.message.from != from) continue;
    out.push_back(std::move(each));
  }
  return out;
}

Result<> pending(Context& context) {
  auto* node = TRY(context.node());
  JsonValue all = JsonValue::array();
  for (const auto& each : TRY(selected(context, *node))) {
    auto shown = context.on("cids") ? JsonValue(each.cid().str()) : to_json(each);
    if (!context.json()) context.print("{}", context.on("cids") ? shown.get<std::string>() : shown.dump(2));
    all.push_back(std::move(shown));
  }
  if (context.json()) context.print("{}", all.dump(2));
  return {};
}

struct Counts {
  uint64_t past = 0, current = 0, future = 0, below_current = 0, below_past = 0;
  int64_t gas_limit = 0;
  void add(const Counts& more) {
    past += more.past;
    current += more.current;
    future += more.future;
    below_current += more.below_current;
    below_past += more.below_past;
    gas_limit += more.gas_limit;
  }
  JsonValue json() const {
    return {{"Past", past},
            {"Current", current},
            {"Future", future},
            {"BelowCurrentBaseFee", below_current},
            {"BelowLeastBaseFee", below_past},
            {"GasLimit", gas_limit}};
  }
  std::string str(int64_t look_back) const {
    return fmt::format("Nonce past: {}, cur: {}, future: {}; FeeCap cur: {}, min-{}: {}, gasLimit: {}", past, current,
                       future, below_current, look_back, below_past, gas_limit);
  }
};

Counts count_sender(const std::map<uint64_t, SignedMessage>& messages, uint64_t nonce, const TokenAmount& fee,
                    const TokenAmount& least_fee) {
  Counts out;
  auto next = nonce;
  while (messages.contains(next)) ++next;
  for (const auto& [at, each] : messages) {
    ++(at < nonce ? out.past : at > next ? out.future : out.current);
    out.below_current += each.message.gas_fee_cap < fee;
    out.below_past += each.message.gas_fee_cap < least_fee;
    out.gas_limit += each.message.gas_limit;
  }
  return out;
}

Result<> stat(Context& context) {
  auto* node = TRY(context.node());
  auto head = TRY_IN("getting chain head", node->call(full::ChainHead));
  auto look_back = TRY(context.number("basefee-lookback"));
  auto least_fee = head->parent_base_fee();
  auto tipset = head;
  for (int64_t i = 0; i < look_back && tipset->height() > 0; ++i) {
    tipset = TRY_IN("walking chain", node->call(full::ChainGetTipSet, tipset->parents()));
    least_fee = std::min(least_fee, tipset->parent_base_fee());
  }
  std::map<std::string, std::map<uint64_t, SignedMessage>> senders;
  std::map<std::string, Address> addresses;
  for (auto& each : TRY(selected(context, *node))) {
    auto name = each.message.from.str();
    addresses[name] = each.message.from;
    auto nonce = each.message.nonce;
    senders[name].emplace(nonce, std::move(each));
  }
  Counts total;
  JsonValue all = JsonValue::object();
  for (const auto& [name, messages] : senders) {
    auto actor = node->call(full::StateGetActor, addresses[name], head->key());
    if (!actor) {
      all[name] = {{"Error", actor.error().message}};
      if (!context.json()) context.print("{}, err: {}", name, actor.error().message);
      continue;
    }
    auto counts = count_sender(messages, actor->nonce, head->parent_base_fee(), least_fee);
    all[name] = counts.json();
    if (!context.json()) context.print("{}: {}", name, counts.str(look_back));
    total.add(counts);
  }
  if (context.json()) {
    context.print("{}", JsonValue{{"Senders", all}, {"Total", total.json()}}.dump(2));
    return {};
  }
  context.print("-----");
  context.print("total: {}", total.str(look_back));
  return {};
}

Result<> nonce(Context& context) {
  auto* node = TRY(context.node());
  auto address = TRY(context.args.empty() ? node->call(full::WalletDefaultAddress) : address_argument(context, 0));
  auto next = TRY(node->call(full::MpoolGetNonce, address));
  print_value(context, full::MpoolGetNonce, next, [&] { context.print("{}", next); });
  return {};
}

Result<> config(Context& context) {
  auto* node = TRY(context.node());
  if (context.args.empty()) {
    print_json(context, full::MpoolGetConfig, TRY(node->call(full::MpoolGetConfig)));
    return {};
  }
  TRY(node->call_text("MpoolSetConfig", "[" + context.args[0] + "]"));
  return {};
}

Result<> push(Context& context) {
  auto bytes = TRY_IN("message", from_hex(context.args[0]));
  auto message = TRY_IN("message", from_cbor<SignedMessage>(bytes));
  auto* node = TRY(context.node());
  context.print("{}", TRY(node->call(full::MpoolPush, message)).str());
  return {};
}

}  // namespace

std::vector<Command> mpool_commands() {
  auto local = toggle("--local", "for addresses in local wallet only");
  return {
      {"mpool pending",
       "",
       "Get pending messages",
       {local, toggle("--cids", "only print cids of messages in output"),
        text("--to", "return messages to a given address"), text("--from", "return messages from a given address"),
        toggle("--json", "print one JSON array")},
       0,
       0,
       pending},
      {"mpool stat",
       "",
       "print mempool stats",
       {local, number("--basefee-lookback", "number of blocks to look back for minimum basefee", "60"),
        toggle("--json", "print JSON")},
       0,
       0,
       stat},
      {"mpool nonce",
       "[address]",
       "Print the next nonce of an address (default: the default address)",
       {toggle("--json", "print JSON")},
       0,
       1,
       nonce},
      {"mpool config", "[new-config]", "get or set current mpool configuration", {}, 0, 1, config},
      {"mpool push", "<hex of a signed message>", "Push a signed message (CBOR as hex)", {}, 1, 1, push},
  };
}

}  // namespace nelumbo::cli
