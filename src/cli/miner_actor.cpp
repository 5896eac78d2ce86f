// lotus-miner actor set-addresses, withdraw, repay-debt, set-peer-id, compact-allocated
#include "actors/miner_params.hpp"
#include "miner_messages.hpp"
#include "multiaddress.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

/// The ID of --from, or the worker; refused when it is none of the miner's own addresses.
Result<Address> sender_of(Context& context, const MinerActor& miner) {
  if (!context.given("from")) return miner.info.worker;
  auto from = TRY_IN("--from", Address::parse(context.text("from")));
  auto id = TRY(miner.id_of(from));
  if (!miner.is_controller(id)) return fail(ErrorCode::invalid, "sender isn't a controller of miner: {}", id.str());
  return id;
}

Result<> set_addresses(Context& context) {
  const bool unset = context.on("unset");
  if (context.args.empty() && !unset)
    return fail(ErrorCode::invalid, "name the multiaddresses that the miner can be dialed on, or say --unset");
  if (!context.args.empty() && unset) return fail(ErrorCode::invalid, "unset can only be used with no arguments");
  Report report(context);
  actors::ChangeMultiaddrsParams params;
  for (const auto& text : context.args) {
    auto address = TRY(parse_miner_multiaddress(text));
    if (address.peer) report.line("Stripping peerid {} from {}", *address.peer, text);
    params.new_multiaddrs.push_back(std::move(address.bytes));
  }
  auto miner = TRY(miner_actor(context));
  OwnMessage message;
  message.to = miner.address;
  message.from = TRY(sender_of(context, miner));
  message.method = miner_methods::kChangeMultiaddrs;
  message.params = to_cbor(params);
  message.gas_limit = TRY(context.number("gas-limit"));
  TRY(send_and_wait(context, report, *miner.node, message, "Requested multiaddrs change in message"));
  report.line("{} address(es) set", params.new_multiaddrs.size());
  report.end();
  return {};
}

Result<> set_peer_id(Context& context) {
  auto id = TRY(parse_peer_id(context.args[0]));
  auto miner = TRY(miner_actor(context));
  Report report(context);
  OwnMessage message;
  message.to = miner.address;
  message.from = miner.info.worker;
  message.method = miner_methods::kChangePeerId;
  message.params = to_cbor(actors::ChangePeerIdParams{std::move(id)});
  message.gas_limit = TRY(context.number("gas-limit"));
  TRY(send_and_wait(context, report, *miner.node, message, "Requested peerid change in message"));
  report.line("Peer id set to {}", context.args[0]);
  report.put("PeerId", context.args[0]);
  report.end();
  return {};
}

Result<> withdraw(Context& context) {
  TokenAmount amount;
  if (!context.args.empty()) amount = TRY_IN("parsing 'amount' argument", parse_fil(context.args[0]));
  auto miner = TRY(miner_actor(context));
  auto available = TRY_IN("Error getting miner balance",
                          miner.node->call(full::StateMinerAvailableBalance, miner.address, TipsetKey()));
  if (amount > available)
    return fail(ErrorCode::exhausted, "can't withdraw more funds than available; requested: {}; available: {}",
                fil_string(amount), fil_string(available));
  if (amount == 0) amount = available;
  Report report(context);
  OwnMessage message;
  message.to = miner.address;
  message.from = context.on("beneficiary") ? miner.info.beneficiary : miner.info.owner;
  message.method = miner_methods::kWithdrawBalance;
  message.params = to_cbor(actors::MinerWithdrawBalanceParams{amount});
  auto found = TRY(send_and_wait(context, report, *miner.node, message, "Requested withdrawal in message"));
  auto withdrawn = TRY_IN("the message's result", from_cbor<TokenAmount>(found.receipt.return_data));
  report.line("Successfully withdrew {}", fil_string(withdrawn));
  if (withdrawn < amount) report.line("Note that this is less than the requested amount of {}", fil_string(amount));
  report.put("Withdrawn", to_json(withdrawn));
  report.end();
  return {};
}

Result<TokenAmount> fee_debt(const MinerActor& miner) {
  auto state = TRY(miner.node->call(full::StateReadState, miner.address, TipsetKey()));
  auto json = TRY_IN("the miner's state", parse_json(state.state.text()));
  auto found = json.find("FeeDebt");
  if (found == json.end()) return fail(ErrorCode::unsupported, "the miner's state has no FeeDebt");
  return in_context(from_json<TokenAmount>(*found), "FeeDebt");
}

Result<> repay_debt(Context& context) {
  auto miner = TRY(miner_actor(context));
  Report report(context);
  OwnMessage message;
  if (context.args.empty()) {
    message.value = TRY(fee_debt(miner));
    if (message.value == 0) {
      report.line("The miner has no debt");
      report.put("Repaid", "0");
      report.end();
      return {};
    }
  } else {
    message.value = TRY_IN("parsing 'amount' argument", parse_fil(context.args[0]));
  }
  message.to = miner.address;
  message.from = TRY(sender_of(context, miner));
  message.method = miner_methods::kRepayDebt;
  TRY(send_and_wait(context, report, *miner.node, message, "Sent repay debt message"));
  report.line("Repaid up to {}", fil_string(message.value));
  report.put("Repaid", to_json(message.value));
  report.end();
  return {};
}

/// The numbers to mask: all up to a bound.
Result<uint64_t> mask_bound(Context& context, const MinerActor& miner) {
  if (context.given("mask-last-offset") && context.given("mask-upto-n"))
    return fail(ErrorCode::invalid, "more than one 'mask' flag set");
  if (context.given("mask-upto-n")) {
    const auto bound = TRY(context.number("mask-upto-n"));
    if (bound <= 0) return fail(ErrorCode::invalid, "--mask-upto-n must be above 0");
    return static_cast<uint64_t>(bound);
  }
  if (!context.given("mask-last-offset")) return fail(ErrorCode::invalid, "no 'mask' flags set");
  const auto given = TRY(context.number("mask-last-offset"));
  if (given < 0) return fail(ErrorCode::invalid, "--mask-last-offset must not be negative");
  const auto offset = static_cast<uint64_t>(given);
  auto last =
      TRY_IN("allocated sectors", TRY(miner.node->call(full::StateMinerAllocated, miner.address, TipsetKey())).last());
  if (last <= offset + 1)
    return fail(ErrorCode::invalid, "highest allocated sector lower than mask offset {}: {}", offset + 1, last);
  // A miner whose numbers are all taken can never seal again.
  if (last > (uint64_t{1} << 60))
    return fail(ErrorCode::invalid, "very high last sector number, refusing to mask: {}", last);
  return last - offset;
}

Result<> compact_allocated(Context& context) {
  auto miner = TRY(miner_actor(context));
  const auto bound = TRY(mask_bound(context, miner));
  Report report(context);
  report.line("Sector numbers 0 to {} are marked as used", bound - 1);
  report.put("Masked", bound);
  if (!confirmed(context, report)) return {};
  OwnMessage message;
  message.to = miner.address;
  message.from = miner.info.worker;
  message.method = miner_methods::kCompactSectorNumbers;
  message.params = to_cbor(actors::CompactSectorNumbersParams{BitField::from_ranges({{0, bound}})});
  TRY(send_and_wait(context, report, *miner.node, message, "CompactSectorNumbers Message CID"));
  report.end();
  return {};
}

}  // namespace

std::vector<Command> miner_actor_commands() {
  const auto gas_limit = number("--gas-limit", "set gas limit", "0");
  std::vector<Command> out{
      {"actor set-addresses|set-addrs",
       "<multiaddrs>",
       "set addresses that your miner can be publicly dialed on",
       {from_flag("optionally specify the account to send the message from"), gas_limit,
        toggle("--unset", "unset address"), confidence_flag(), json_flag()},
       0,
       50,
       set_addresses},
      {"actor withdraw",
       "[amount (FIL)]",
       "withdraw available balance to beneficiary",
       {confidence_flag(), toggle("--beneficiary", "send withdraw message from the beneficiary address"), json_flag()},
       0,
       1,
       withdraw},
      {"actor repay-debt",
       "[amount (FIL)]",
       "pay down a miner's debt",
       {from_flag("optionally specify the account to send funds from"), confidence_flag(), json_flag()},
       0,
       1,
       repay_debt},
      {"actor set-peer-id",
       "<peer id>",
       "set the peer id of your miner",
       {gas_limit, confidence_flag(), json_flag()},
       1,
       1,
       set_peer_id},
      {"actor compact-allocated",
       "",
       "compact allocated sectors bitfield",
       {number("--mask-last-offset", "Mask sector IDs from 0 to 'highest_allocated - offset'"),
        number("--mask-upto-n", "Mask sector IDs from 0 to 'n'"), really_do_it_flag(), confidence_flag(), json_flag()},
       0,
       0,
       compact_allocated},
  };
  for (auto table : {miner_owner_commands, miner_control_commands}) {
    for (auto& each : table()) out.push_back(std::move(each));
  }
  return out;
}

}  // namespace nelumbo::cli
