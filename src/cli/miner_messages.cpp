#include "miner_messages.hpp"

#include <algorithm>

#include "lookup.hpp"

namespace nelumbo::cli {

namespace {

namespace full = rpc::full;

}  // namespace

bool MinerActor::is_controller(const Address& id) const {
  return id == info.owner || id == info.worker ||
         std::find(info.control_addresses.begin(), info.control_addresses.end(), id) != info.control_addresses.end();
}

Result<Address> MinerActor::id_of(const Address& of) const {
  auto id = node->call(full::StateLookupID, of, TipsetKey());
  if (!id) return std::unexpected(explain_missing_actor(std::move(id).error(), of.str()));
  return id;
}

Result<rpc::MinerInfo> MinerActor::info_at(const TipsetKey& tipset) const {
  return in_context(node->call(full::StateMinerInfo, address, tipset), "miner info");
}

Result<MinerActor> miner_actor(Context& context, const Address& address) {
  MinerActor out;
  out.node = TRY(context.node());
  out.address = address;
  out.info = TRY(out.info_at(TipsetKey()));
  return out;
}

Result<MinerActor> miner_actor(Context& context) { return miner_actor(context, TRY(actor_of(context))); }

Result<rpc::MsgLookup> send_and_wait(Context& context, Report& report, rpc::Client& node, const OwnMessage& own,
                                     std::string_view label) {
  const auto confidence = TRY(context.number("confidence", 5));
  if (confidence < 0) return fail(ErrorCode::invalid, "--confidence must not be negative");
  Message message;
  message.to = own.to;
  message.from = own.from;
  message.method = own.method;
  message.params = own.params;
  message.value = own.value;
  message.gas_limit = own.gas_limit;
  auto sent = TRY_IN("mpool push", node.call(full::MpoolPushMessage, message, std::optional<rpc::MessageSendSpec>()));
  const auto cid = sent.cid();
  report.line("{}: {}", label, cid.str());
  context.out.flush();
  report.put("Message", to_json(cid));
  auto found = TRY_IN(fmt::format("waiting for message {}", cid.str()),
                      node.call(full::StateWaitMsg, cid, static_cast<uint64_t>(confidence), ChainEpoch{-1}, true));
  report.put("Epoch", found.height);
  report.put("ExitCode", found.receipt.exit_code);
  if (found.receipt.exit_code == 0) return found;
  report.end();
  return fail(ErrorCode::failed, "message {} was executed at epoch {} and failed with exit code {}", cid.str(),
              found.height, found.receipt.exit_code);
}

bool confirmed(Context& context, Report& report, std::string_view more) {
  if (context.on("really-do-it")) return true;
  report.put("DryRun", true);
  report.line("Pass --really-do-it to actually execute this action{}", more);
  report.end();
  return false;
}

Flag really_do_it_flag() { return toggle("--really-do-it", "Actually send transaction performing the action"); }
Flag confidence_flag() { return number("--confidence", "number of block confirmations to wait for", "5"); }
Flag json_flag() { return toggle("--json", "output as JSON"); }
Flag from_flag(std::string what) { return text("--from", std::move(what)); }

}  // namespace nelumbo::cli
