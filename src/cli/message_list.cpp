// lotus-message message …
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::message;

Result<rpc::MessageQuery> query_of(const Context& context) {
  rpc::MessageQuery query;
  if (context.given("address")) query.address = TRY_IN("--address", Address::parse(context.text("address")));
  if (context.on("pending") && context.on("on-chain"))
    return fail(ErrorCode::invalid, "--pending and --on-chain exclude each other");
  if (context.on("pending")) query.on_chain = false;
  if (context.on("on-chain")) query.on_chain = true;
  query.kind = context.text("kind");
  const auto limit = TRY(context.number("limit"));
  if (limit < 1) return fail(ErrorCode::invalid, "--limit: {} messages", limit);
  query.limit = static_cast<uint64_t>(limit);
  return query;
}

Result<> list(Context& context) {
  auto query = TRY(query_of(context));
  auto* server = TRY(context.message());
  auto all = TRY(server->call(api::MessageList, query));
  if (context.json()) {
    print_json(context, api::MessageList, all);
    return {};
  }
  Table table({"CID", "From", "Nonce", "Kind", "To", "Value", "Epoch", "Exit", "Waits"});
  for (const auto& each : all) {
    const auto& message = each.message.message;
    std::map<std::string, std::string> row{
        {"CID", each.cid.str()}, {"From", message.from.str()}, {"Nonce", std::to_string(message.nonce)},
        {"Kind", each.kind},     {"To", message.to.str()},     {"Value", fil_string(message.value)}};
    if (each.epoch > 0) row["Epoch"] = std::to_string(each.epoch);
    if (each.exit_code) row["Exit"] = std::to_string(*each.exit_code);
    const auto& why = each.fault.empty() ? each.wait : each.fault;
    if (!why.empty()) row["Waits"] = why;
    table.add(std::move(row));
  }
  table.print(context.out);
  return {};
}

void print_on_chain(Context& context, const rpc::MessageRecord& record) {
  if (record.epoch == 0) {
    context.print("Waits:      {}", record.wait);
    return;
  }
  context.print("Epoch:      {} ({} epochs on top)", record.epoch, record.confidence);
  if (record.exit_code) context.print("Exit Code:  {}", *record.exit_code);
  context.print("Gas Used:   {}", record.gas_used);
  if (!record.fault.empty()) context.print("Fault:      {}", record.fault);
}

void print_record(Context& context, const rpc::MessageRecord& record) {
  const auto& message = record.message.message;
  context.print("CID:        {}", record.cid.str());
  context.print("From:       {}", message.from.str());
  context.print("Nonce:      {}", message.nonce);
  context.print("To:         {}", message.to.str());
  context.print("Kind:       {} (method {})", record.kind, message.method);
  context.print("Value:      {}", fil_string(message.value));
  context.print("Gas:        limit {}, fee cap {}, premium {} (attoFIL)", message.gas_limit, message.gas_fee_cap.str(),
                message.gas_premium.str());
  if (!record.params.is_null()) {
    context.print("Params:     {}", record.params.text());
  } else if (!message.params.empty()) {
    context.print("Params:     0x{}", to_hex(message.params));
  }
  context.print("Created:    {} at epoch {}", record.created, record.gr_epoch);
  if (!record.uuid.empty()) context.print("Uuid:       {}", record.uuid);
  if (record.replaced > 0) context.print("Replaced:   {} times", record.replaced);
  print_on_chain(context, record);
}

Result<> print_answer(Context& context, const rpc::MessageRecord& record) {
  if (context.json()) {
    print_json(context, api::MessageGet, record);
  } else {
    print_record(context, record);
  }
  return {};
}

Result<> show(Context& context) {
  auto* server = TRY(context.message());
  if (context.on("uuid")) return print_answer(context, TRY(server->call(api::MessageGetByUuid, context.args[0])));
  auto cid = TRY(cid_argument(context, 0));
  return print_answer(context, TRY(server->call(api::MessageGet, cid)));
}

Result<> wait(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  const auto confidence = TRY(context.number("confidence"));
  if (confidence < 0) return fail(ErrorCode::invalid, "--confidence: {} epochs", confidence);
  auto* server = TRY(context.message());
  return print_answer(context, TRY(server->call(api::MessageWait, cid, static_cast<uint64_t>(confidence))));
}

Result<> resend(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* server = TRY(context.message());
  TRY(server->call(api::MessageResend, cid));
  context.print("published again: {}", cid.str());
  return {};
}

Result<rpc::MessageReplaceSpec> replace_spec(const Context& context) {
  rpc::MessageReplaceSpec spec;
  if (context.given("gas-premium"))
    spec.gas_premium = TRY_IN("--gas-premium", parse_bigint(context.text("gas-premium")));
  if (context.given("gas-feecap")) spec.gas_fee_cap = TRY_IN("--gas-feecap", parse_bigint(context.text("gas-feecap")));
  if (context.given("max-fee")) spec.max_fee = TRY_IN("--max-fee", parse_fil(context.text("max-fee")));
  spec.gas_limit = TRY(context.number("gas-limit"));
  return spec;
}

/// replace and cancel.
template <class M>
auto anew(const M& method) {
  return [&method](Context& context) -> Result<> {
    auto cid = TRY(cid_argument(context, 0));
    auto spec = TRY(replace_spec(context));
    auto* server = TRY(context.message());
    auto record = TRY(server->call(method, cid, spec));
    if (context.json()) return print_answer(context, record);
    context.print("{}", record.cid.str());
    return {};
  };
}

Result<> prune(Context& context) {
  if (!context.given("older-than")) return fail(ErrorCode::invalid, "say how old, for example --older-than 720h");
  auto age = TRY_IN("--older-than", parse_duration(context.text("older-than")));
  auto* server = TRY(context.message());
  auto count = TRY(server->call(api::MessagePrune, std::chrono::ceil<std::chrono::seconds>(age).count()));
  context.print("{} messages removed", count);
  return {};
}

Result<> gaps(Context& context) {
  std::optional<Address> address;
  if (!context.args.empty()) address = TRY(address_argument(context, 0));
  auto* server = TRY(context.message());
  auto all = TRY(server->call(api::MessageGaps, address));
  if (context.json()) {
    print_json(context, api::MessageGaps, all);
    return {};
  }
  if (all.empty()) context.print("no gaps");
  if (all.empty()) return {};
  Table table({"Address", "Nonce", "Where", "Reason"});
  for (const auto& each : all) {
    table.add({{"Address", each.address.str()},
               {"Nonce", std::to_string(each.nonce)},
               {"Where", each.node.empty() ? "table" : each.node},
               {"Reason", each.reason}});
  }
  table.print(context.out);
  return {};
}

}  // namespace

std::vector<Command> message_commands() {
  const auto json = toggle("--json", "print JSON, with the parameters decoded");
  const std::vector<Flag> fees{text("--gas-premium", "gas premium in attoFIL (default: estimated)"),
                               text("--gas-feecap", "gas fee cap in attoFIL (default: estimated)"),
                               number("--gas-limit", "gas limit (default: estimated)"),
                               text("--max-fee", "the most it may cost in gas, in FIL (default: the kind's ceiling)"),
                               json};
  return {
      {"message list",
       "",
       "List messages, newest first",
       {text("--address", "of this sender"), toggle("--pending", "not on chain"), toggle("--on-chain", "on chain"),
        text("--kind", "of this kind, such as SubmitWindowedPoSt"), number("--limit", "at most so many", "100"), json},
       0,
       0,
       list},
      {"message show",
       "<cid>",
       "Show a message and what it waits for",
       {toggle("--uuid", "the argument is the client's uuid"), json},
       1,
       1,
       show},
      {"message wait",
       "<cid>",
       "Wait until a message is on chain",
       {number("--confidence", "so many epochs deep", "5"), json},
       1,
       1,
       wait},
      {"message resend", "<cid>", "Publish a message again to everybody now", {}, 1, 1, resend},
      {"message replace", "<cid>", "Replace a waiting message by one that pays more", fees, 1, 1,
       anew(api::MessageReplace)},
      {"message cancel", "<cid>", "Put a message that does nothing in the place of a waiting one", fees, 1, 1,
       anew(api::MessageCancel)},
      {"message prune",
       "",
       "Remove messages that are on chain, deeper than finality, from the table",
       {text("--older-than", "made longer ago, such as 720h")},
       0,
       0,
       prune},
      {"message gaps", "[address]", "List nonces that a node's pool or the table lacks", {json}, 0, 1, gaps},
  };
}

}  // namespace nelumbo::cli
