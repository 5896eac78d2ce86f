// lotus state …: actors, messages, the network.
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> get_actor(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto tipset = TRY(chosen_tipset(context, *node));
  auto actor = node->call(full::StateGetActor, address, tipset->key());
  if (!actor) return std::unexpected(explain_missing_actor(std::move(actor).error(), context.args[0]));
  if (context.json()) {
    print_json(context, full::StateGetActor, *actor);
    return {};
  }
  context.print("Address:\t{}", address.str());
  context.print("Balance:\t{}", fil_string(actor->balance));
  context.print("Nonce:\t\t{}", actor->nonce);
  context.print("Code:\t\t{} ({})", actor->code.str(), actor_name(*node, actor->code, tipset->key()));
  context.print("Head:\t\t{}", actor->head.str());
  if (actor->delegated_address) context.print("Delegated address:\t\t{}", actor->delegated_address->str());
  return {};
}

Result<> lookup(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto key = TRY(chosen_tipset(context, *node))->key();
  auto found = context.on("reverse") ? node->call(full::StateAccountKey, address, key)
                                     : node->call(full::StateLookupID, address, key);
  if (!found) return std::unexpected(explain_missing_actor(std::move(found).error(), context.args[0]));
  print_value(context, full::StateLookupID, *found, [&] { context.print("{}", found->str()); });
  return {};
}

Result<> read_state(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto state = node->call(full::StateReadState, address, TRY(chosen_tipset(context, *node))->key());
  if (!state) return std::unexpected(explain_missing_actor(std::move(state).error(), context.args[0]));
  context.print("{}", pretty_json(state->state.text()));
  return {};
}

Result<> list_actors(Context& context) {
  auto* node = TRY(context.node());
  auto all = TRY(node->call(full::StateListActors, TRY(chosen_tipset(context, *node))->key()));
  print_value(context, full::StateListActors, all, [&] {
    for (const auto& each : all) context.print("{}", each.str());
  });
  return {};
}

Result<> network_version(Context& context) {
  auto* node = TRY(context.node());
  auto version = TRY(node->call(full::StateNetworkVersion, TRY(chosen_tipset(context, *node))->key()));
  print_value(context, full::StateNetworkVersion, version, [&] { context.print("Network Version: {}", version); });
  return {};
}

Result<> actor_cids(Context& context) {
  auto* node = TRY(context.node());
  auto version = context.given("network-version")
                     ? static_cast<uint32_t>(TRY(context.number("network-version")))
                     : TRY(node->call(full::StateNetworkVersion, TRY(chosen_tipset(context, *node))->key()));
  auto manifest = TRY(node->call(full::StateActorManifestCID, version)).str();
  Table table({"Actor", "CID"});
  JsonValue actors = JsonValue::object();
  for (const auto& [name, cid] : TRY(node->call(full::StateActorCodeCIDs, version))) {
    actors[name] = cid.str();
    table.add({{"Actor", name}, {"CID", cid.str()}});
  }
  if (context.json()) {
    JsonValue all{{"NetworkVersion", version}, {"Manifest", manifest}, {"Actors", actors}};
    context.print("{}", all.dump(2));
    return {};
  }
  context.print("Network Version: {}", version);
  context.print("Manifest CID: {}", manifest);
  context.print("");
  table.print(context.out);
  return {};
}

Result<> print_lookup(Context& context, const Cid& asked, const rpc::MsgLookup& found) {
  if (context.json()) {
    print_json(context, full::StateWaitMsg, found);
    return {};
  }
  if (found.message != asked) context.print("Message was replaced: {}", found.message.str());
  context.print("Executed in tipset: {}", cid_list(found.tipset.cids));
  context.print("Exit Code: {}", found.receipt.exit_code);
  context.print("Gas Used: {}", found.receipt.gas_used);
  context.print("Return: {}", to_hex(found.receipt.return_data));
  if (!found.return_dec.is_null()) context.print("{}", pretty_json(found.return_dec.text()));
  if (found.receipt.events_root) context.print("Events Root: {}", found.receipt.events_root->str());
  return {};
}

Result<> wait_msg(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto timeout = TRY_IN("--timeout", parse_duration(context.text("timeout")));
  auto* node = TRY(context.node({.call_timeout = timeout}));
  auto confidence = static_cast<uint64_t>(TRY(context.number("confidence")));
  auto found = node->call(full::StateWaitMsg, cid, confidence, ChainEpoch{-1}, true);
  if (!found && found.error().code == ErrorCode::cancelled) {
    return fail(ErrorCode::cancelled, "message {} was not executed within {}", cid.str(), context.text("timeout"));
  }
  if (!found) return std::unexpected(std::move(found).error());
  return print_lookup(context, cid, *found);
}

Result<> search_msg(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* node = TRY(context.node());
  auto found = TRY(node->call(full::StateSearchMsg, TipsetKey(), cid, ChainEpoch{-1}, true));
  if (found) return print_lookup(context, cid, *found);
  context.print("message was not found on chain");
  return {};
}

Result<> call(Context& context) {
  Message message;
  message.to = TRY(address_argument(context, 0));
  if (context.args.size() > 1) message.method = TRY(number_argument(context, 1, "method number"));
  if (context.args.size() > 2)
    message.params = TRY_IN(
        "parameters", context.text("encoding") == "hex" ? from_hex(context.args[2]) : from_base64(context.args[2]));
  message.from = TRY_IN("--from", Address::parse(context.text("from")));
  message.value = TRY_IN("--value", parse_fil(context.text("value")));
  auto* node = TRY(context.node());
  auto result = TRY(node->call(full::StateCall, message, TRY(chosen_tipset(context, *node))->key()));
  if (!result.msg_rct) return fail(ErrorCode::failed, "call failed: {}", result.error);
  if (result.msg_rct->exit_code != 0)
    return fail(ErrorCode::failed, "invocation failed (exit: {}, gasUsed: {}): {}", result.msg_rct->exit_code,
                result.msg_rct->gas_used, result.error);
  context.print("gas used: {}", result.msg_rct->gas_used);
  context.print("return: {}", context.text("encoding") == "hex" ? to_hex(result.msg_rct->return_data)
                                                                : to_base64(result.msg_rct->return_data));
  return {};
}

Result<> circulating_supply(Context& context) {
  auto* node = TRY(context.node());
  auto key = TRY(chosen_tipset(context, *node))->key();
  if (context.on("vm-supply")) {
    auto supply = TRY(node->call(full::StateVMCirculatingSupplyInternal, key));
    print_value(context, full::StateVMCirculatingSupplyInternal, supply, [&] {
      context.print("Circulating supply: {}", fil_string(supply.fil_circulating));
      context.print("Mined: {}", fil_string(supply.fil_mined));
      context.print("Vested: {}", fil_string(supply.fil_vested));
      context.print("Burnt: {}", fil_string(supply.fil_burnt));
      context.print("Locked: {}", fil_string(supply.fil_locked));
    });
    return {};
  }
  auto exact = TRY(node->call(full::StateCirculatingSupply, key));
  print_value(context, full::StateCirculatingSupply, exact,
              [&] { context.print("Exact circulating supply: {}", fil_string(exact)); });
  return {};
}

}  // namespace

std::vector<Command> state_commands() {
  const auto json = toggle("--json", "print JSON");
  return {
      {"state get-actor",
       "<actorAddress>",
       "Print actor information",
       {toggle("--json", "print JSON")},
       1,
       1,
       get_actor},
      {"state lookup",
       "<address>",
       "Find corresponding ID address",
       {toggle("--reverse,-r", "Perform reverse lookup"), json},
       1,
       1,
       lookup},
      {"state read-state", "<actorAddress>", "View a json representation of an actors state", {}, 1, 1, read_state},
      {"state list-actors", "", "list all actors in the network", {json}, 0, 0, list_actors},
      {"state network-version", "", "Returns the network version", {json}, 0, 0, network_version},
      {"state actor-cids",
       "",
       "Returns the built-in actor bundle manifest ID & system actor cids",
       {number("--network-version", "specify network version"), json},
       0,
       0,
       actor_cids},
      {"state wait-msg|wait-message",
       "<messageCid>",
       "Wait for a message to appear on chain",
       {text("--timeout", "how long to wait", "10m"), number("--confidence", "epochs on top of it to wait for", "5"),
        toggle("--json", "print JSON")},
       1,
       1,
       wait_msg},
      {"state search-msg|search-message",
       "<messageCid>",
       "Search to see whether a message has appeared on chain",
       {toggle("--json", "print JSON")},
       1,
       1,
       search_msg},
      {"state call",
       "<toAddress> [methodId] [params]",
       "Invoke a method on an actor locally",
       {text("--from", "sender", "f00"), text("--value", "amount in FIL", "0"),
        text("--encoding", "of parameters and result: base64 or hex", "base64")},
       1,
       3,
       call},
      {"state circulating-supply",
       "",
       "Get the exact current circulating supply of Filecoin",
       {toggle("--vm-supply",
               "calculates the approximation of the circulating supply used internally by the VM (instead of the exact "
               "amount)"),
        json},
       0,
       0,
       circulating_supply},
  };
}

}  // namespace nelumbo::cli
