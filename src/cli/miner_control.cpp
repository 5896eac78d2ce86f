// lotus-miner actor control …, new-miner
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "actors/miner_params.hpp"
#include "actors/policy.hpp"
#include "actors/storage_params.hpp"
#include "lookup.hpp"
#include "miner_messages.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

// ---- control ----

struct Uses {
  std::set<Address> pre_commit, commit, terminate, deals;  ///< ID addresses
};

Result<std::set<Address>> ids_of(const MinerActor& miner, const std::vector<Address>& addresses) {
  std::set<Address> out;
  for (const auto& each : addresses) out.insert(TRY(miner.id_of(each)));
  return out;
}

Result<Uses> uses_of(Context& context, const MinerActor& miner) {
  auto* api = TRY(context.miner());
  auto config = TRY(api->call(rpc::miner::ActorAddressConfig));
  Uses out;
  out.pre_commit = TRY(ids_of(miner, config.pre_commit_control));
  out.commit = TRY(ids_of(miner, config.commit_control));
  out.terminate = TRY(ids_of(miner, config.terminate_control));
  out.deals = TRY(ids_of(miner, config.deal_publish_control));
  return out;
}

/// What an address is used for, "post precommit".
std::string use_text(const MinerActor& miner, const Uses& uses, const Address& address) {
  const auto& control = miner.info.control_addresses;
  std::string out;
  auto add = [&](bool used, std::string_view name) {
    if (used) out += fmt::format("{}{}", out.empty() ? "" : " ", name);
  };
  const bool other_kind = uses.pre_commit.contains(address) || uses.commit.contains(address) ||
                          uses.terminate.contains(address) || uses.deals.contains(address);
  add(address == miner.info.worker, "other");
  add(!other_kind && std::find(control.begin(), control.end(), address) != control.end(), "post");
  add(uses.pre_commit.contains(address), "precommit");
  add(uses.commit.contains(address), "commit");
  add(uses.terminate.contains(address), "terminate");
  add(uses.deals.contains(address), "deals");
  return out;
}

Result<> control_list(Context& context) {
  auto miner = TRY(miner_actor(context));
  auto uses = TRY(uses_of(context, miner));
  std::vector<std::pair<std::string, Address>> rows{
      {"owner", miner.info.owner}, {"worker", miner.info.worker}, {"beneficiary", miner.info.beneficiary}};
  for (size_t i = 0; i < miner.info.control_addresses.size(); ++i)
    rows.emplace_back(fmt::format("control-{}", i), miner.info.control_addresses[i]);
  Table table({"name", "ID", "key", "use", "balance"});
  auto list = JsonValue::array();
  for (const auto& [name, id] : rows) {
    auto balance = TRY_IN(name, miner.node->call(full::StateGetActor, id, TipsetKey())).balance;
    // A multisig has no key.
    auto key = miner.node->call(full::StateAccountKey, id, TipsetKey()).value_or(id).str();
    auto use = use_text(miner, uses, id);
    list.push_back({{"Name", name}, {"ID", id.str()}, {"Key", key}, {"Use", use}, {"Balance", balance.str()}});
    if (!context.on("verbose") && key.size() > 9) key = key.substr(0, 6) + "...";
    table.add({{"name", name}, {"ID", id.str()}, {"key", key}, {"use", use}, {"balance", fil_string(balance)}});
  }
  if (context.json()) {
    context.print("{}", list.dump(2));
  } else {
    table.print(context.out);
  }
  return {};
}

Result<> control_set(Context& context) {
  auto miner = TRY(miner_actor(context));
  std::set<Address> before;
  for (const auto& each : miner.info.control_addresses)
    before.insert(TRY(miner.node->call(full::StateAccountKey, each, TipsetKey())));
  actors::ChangeWorkerAddressParams params;
  params.new_worker = miner.info.worker;
  for (size_t i = 0; i < context.args.size(); ++i) {
    auto address = TRY_IN(fmt::format("parsing address {}", i), address_argument(context, i));
    TRY_IN(fmt::format("looking up {}", address.str()), miner.id_of(address));
    params.new_control_addrs.push_back(TRY(miner.node->call(full::StateAccountKey, address, TipsetKey())));
  }
  const std::set<Address> after(params.new_control_addrs.begin(), params.new_control_addrs.end());
  Report report(context);
  auto add = JsonValue::array(), remove = JsonValue::array();
  for (const auto& each : before) {
    if (after.contains(each)) continue;
    report.line("Remove {}", each.str());
    remove.push_back(each.str());
  }
  for (const auto& each : after) {
    if (before.contains(each)) continue;
    report.line("Add {}", each.str());
    add.push_back(each.str());
  }
  report.put("Add", std::move(add));
  report.put("Remove", std::move(remove));
  if (!confirmed(context, report)) return {};
  OwnMessage message;
  message.to = miner.address;
  message.from = miner.info.owner;
  message.method = miner_methods::kChangeWorkerAddress;
  message.params = to_cbor(params);
  TRY(send_and_wait(context, report, *miner.node, message, "Message CID"));
  report.line("{} control address(es) set", after.size());
  report.end();
  return {};
}

// ---- new-miner ----

struct NewMiner {
  Address owner, worker, sender;
  SealProofInfo proof{};
};

Result<NewMiner> new_miner_of(Context& context) {
  NewMiner out;
  if (!context.given("owner")) return fail(ErrorCode::invalid, "must provide an owner address");
  if (!context.given("sector-size")) return fail(ErrorCode::invalid, "must define sector size");
  out.owner = TRY_IN("--owner", Address::parse(context.text("owner")));
  out.worker = context.given("worker") ? TRY_IN("--worker", Address::parse(context.text("worker"))) : out.owner;
  out.sender = context.given("from") ? TRY_IN("--from", Address::parse(context.text("from"))) : out.owner;
  const auto size = TRY_IN("--sector-size", parse_size(context.text("sector-size")));
  out.proof = TRY(seal_proof_info(TRY(seal_proof_for_size(size))));
  return out;
}

/// The deposit that a new miner starts with (FIP-0077), and a little more: the chain's view may have moved on until the
/// message is executed.
Result<TokenAmount> deposit_of(Context& context, rpc::Client& node) {
  const auto text = context.text("deposit-margin-factor");
  double factor = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc() || end != text.data() + text.size() || !(factor >= 1 && factor <= 1000))
    return fail(ErrorCode::invalid, "deposit margin factor \"{}\" must be a number from 1 to 1000", text);
  auto deposit = TRY_IN("getting miner creation deposit", node.call(full::StateMinerCreationDeposit, TipsetKey()));
  return TokenAmount(deposit * static_cast<int64_t>(std::llround(factor * 100)) / 100);
}

/// An account comes to be with the first message to it.
Result<> make_account(Context& context, Report& report, rpc::Client& node, const Address& account,
                      const Address& sender, std::string_view what) {
  if (node.call(full::StateLookupID, account, TipsetKey())) return {};
  report.line("Initializing {} account {}", what, account.str());
  OwnMessage message;
  message.to = account;
  message.from = sender;
  TRY_IN(fmt::format("initializing the {} account", what),
         send_and_wait(context, report, node, message, "Waiting for confirmation of message"));
  return {};
}

Result<> new_miner(Context& context) {
  auto wanted = TRY(new_miner_of(context));
  auto* node = TRY(context.node());
  if (auto sender = node->call(full::StateLookupID, wanted.sender, TipsetKey()); !sender)
    return fail(ErrorCode::not_found, "sender must exist on chain: {}",
                explain_missing_actor(std::move(sender).error(), wanted.sender.str()).message);
  Report report(context);
  TRY(make_account(context, report, *node, wanted.worker, wanted.sender, "worker"));
  TRY(make_account(context, report, *node, wanted.owner, wanted.sender, "owner"));
  actors::power::CreateMinerParams params;
  params.owner = wanted.owner;
  params.worker = wanted.worker;
  params.window_post_proof_type = wanted.proof.window_post;
  OwnMessage message;
  message.to = actors::singleton(actors::kPowerActor);
  message.from = wanted.sender;
  message.method = actors::methods::kCreateMiner;
  message.params = to_cbor(params);
  message.value = TRY(deposit_of(context, *node));
  report.line("Deposit: {}", fil_string(message.value));
  report.put("Deposit", message.value.str());
  auto found = TRY_IN("create miner", send_and_wait(context, report, *node, message, "Pushed CreateMiner message"));
  auto made = TRY_IN("the message's result", from_cbor<actors::power::CreateMinerReturn>(found.receipt.return_data));
  report.line("New miners address is: {} ({})", made.id_address.str(), made.robust_address.str());
  report.put("IDAddress", made.id_address.str());
  report.put("RobustAddress", made.robust_address.str());
  report.end();
  return {};
}

}  // namespace

std::vector<Command> miner_control_commands() {
  return {
      {"actor control list",
       "",
       "Get currently set control addresses",
       {toggle("--verbose", "show keys whole"), json_flag()},
       0,
       0,
       control_list},
      {"actor control set",
       "[...address]",
       "Set control address(-es)",
       {really_do_it_flag(), confidence_flag(), json_flag()},
       0,
       20,
       control_set},
      {"actor new-miner",
       "",
       "Initializes a new miner actor",
       {text("--worker,-w", "worker key to use for new miner initialisation"),
        text("--owner,-o", "owner key to use for new miner initialisation"),
        text("--from,-f", "address to send actor(miner) creation message from"),
        text("--sector-size", "specify sector size to use for new miner initialisation"), confidence_flag(),
        text("--deposit-margin-factor",
             "Multiplier (>=1.0) to scale the suggested deposit for on-chain variance (e.g. 1.01 adds 1%)", "1.01"),
        json_flag()},
       0,
       0,
       new_miner},
  };
}

}  // namespace nelumbo::cli
