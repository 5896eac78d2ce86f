// lotus-miner actor set-owner, propose-change-worker, confirm-change-worker, propose-change-beneficiary,
// confirm-change-beneficiary
#include "actors/miner_params.hpp"
#include "lookup.hpp"
#include "miner_messages.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr std::string_view kReview = ". Review what you're about to approve CAREFULLY please";

Result<> set_owner(Context& context) {
  auto miner = TRY(miner_actor(context));
  auto next = TRY(miner.id_of(TRY_IN("new owner", address_argument(context, 0))));
  auto from = TRY(miner.id_of(TRY_IN("sender", address_argument(context, 1))));
  if (from != miner.info.owner && from != next)
    return fail(ErrorCode::invalid, "from address must either be the old owner or the new owner");
  Report report(context);
  report.line("Owner: {} -> {}, sent by {}", miner.info.owner.str(), next.str(), from.str());
  if (!confirmed(context, report)) return {};
  OwnMessage message;
  message.to = miner.address;
  message.from = from;
  message.method = miner_methods::kChangeOwnerAddress;
  message.params = to_cbor(next);
  auto found = TRY(send_and_wait(context, report, *miner.node, message, "Message CID"));
  auto info = TRY(miner.info_at(found.tipset));
  report.line("message succeeded!");
  if (info.owner == next) {
    report.line("The owner is now {}", next.str());
  } else {
    report.line("The change waits for the new owner: call this again with {} as sender", next.str());
  }
  report.put("Owner", info.owner.str());
  report.put("Pending", info.pending_owner_address ? JsonValue(info.pending_owner_address->str()) : JsonValue());
  report.end();
  return {};
}

Result<> propose_worker(Context& context) {
  auto miner = TRY(miner_actor(context));
  auto name = TRY(address_argument(context, 0));
  auto next = TRY(miner.id_of(name));
  if (miner.info.new_worker.defined() && miner.info.new_worker == next)
    return fail(ErrorCode::exists, "change to worker address {} already pending", name.str());
  if (!miner.info.new_worker.defined() && miner.info.worker == next)
    return fail(ErrorCode::exists, "worker address already set to {}", name.str());
  Report report(context);
  report.line("Worker: {} -> {}", miner.info.worker.str(), next.str());
  if (!confirmed(context, report)) return {};
  OwnMessage message;
  message.to = miner.address;
  message.from = miner.info.owner;
  message.method = miner_methods::kChangeWorkerAddress;
  message.params = to_cbor(actors::ChangeWorkerAddressParams{next, miner.info.control_addresses});
  auto found = TRY(send_and_wait(context, report, *miner.node, message, "Propose Message CID"));
  auto info = TRY(miner.info_at(found.tipset));
  if (!info.new_worker.defined() || info.new_worker != next)
    return fail(ErrorCode::failed, "proposed worker address change not reflected on chain: expected '{}', found '{}'",
                next.str(), info.new_worker.str());
  report.line("Worker key change to {} successfully sent, change happens at height {}.", name.str(),
              info.worker_change_epoch);
  report.line("If you have no active deadlines, call 'confirm-change-worker' at or after height {} to complete.",
              info.worker_change_epoch);
  report.put("NewWorker", next.str());
  report.put("WorkerChangeEpoch", info.worker_change_epoch);
  report.end();
  return {};
}

Result<> confirm_worker(Context& context) {
  auto miner = TRY(miner_actor(context));
  auto next = TRY(miner.id_of(TRY(address_argument(context, 0))));
  if (!miner.info.new_worker.defined()) return fail(ErrorCode::not_found, "no worker key change proposed");
  if (miner.info.new_worker != next)
    return fail(ErrorCode::invalid, "worker key {} does not match current worker key proposal {}", next.str(),
                miner.info.new_worker.str());
  const auto height = TRY(miner.node->call(full::ChainHead))->height();
  if (height < miner.info.worker_change_epoch)
    return fail(ErrorCode::invalid, "worker key change cannot be confirmed until {}, current height is {}",
                miner.info.worker_change_epoch, height);
  Report report(context);
  report.line("Worker: {} -> {}", miner.info.worker.str(), next.str());
  if (!confirmed(context, report)) return {};
  OwnMessage message;
  message.to = miner.address;
  message.from = miner.info.owner;
  message.method = miner_methods::kConfirmChangeWorkerAddress;
  auto found = TRY(send_and_wait(context, report, *miner.node, message, "Confirm Message CID"));
  auto info = TRY(miner.info_at(found.tipset));
  if (info.worker != next)
    return fail(ErrorCode::failed, "confirmed worker address change not reflected on chain: expected '{}', found '{}'",
                next.str(), info.worker.str());
  report.line("The worker is now {}", next.str());
  report.put("Worker", next.str());
  report.end();
  return {};
}

void tell_term(Report& report, const rpc::PendingBeneficiaryChange& term) {
  report.line("Beneficiary: {}", term.new_beneficiary.str());
  report.line("Quota: {}", fil_string(term.new_quota));
  report.line("Expiration Epoch: {}", term.new_expiration);
  report.put("Term", JsonValue{{"Beneficiary", term.new_beneficiary.str()},
                               {"Quota", term.new_quota.str()},
                               {"Expiration", term.new_expiration}});
}

Result<> change_beneficiary(Context& context, Report& report, const MinerActor& miner, const Address& from,
                            const actors::ChangeBeneficiaryParams& params, std::string_view label) {
  OwnMessage message;
  message.to = miner.address;
  message.from = from;
  message.method = miner_methods::kChangeBeneficiary;
  message.params = to_cbor(params);
  auto found = TRY(send_and_wait(context, report, *miner.node, message, label));
  auto info = TRY(miner.info_at(found.tipset));
  const bool done = !info.pending_beneficiary_term && info.beneficiary == params.new_beneficiary;
  report.line("{}", done ? "Beneficiary address successfully changed"
                         : "Beneficiary address change awaiting additional confirmations");
  report.put("Beneficiary", info.beneficiary.str());
  report.put("Changed", done);
  report.end();
  return {};
}

Result<> propose_beneficiary(Context& context) {
  auto miner = TRY(miner_actor(context));
  actors::ChangeBeneficiaryParams params;
  params.new_beneficiary = TRY_IN("looking up new beneficiary address",
                                  miner.id_of(TRY_IN("parsing beneficiary address", address_argument(context, 0))));
  params.new_quota = TRY_IN("parsing quota", parse_fil(context.args[1]));
  params.new_expiration = static_cast<ChainEpoch>(TRY(number_argument(context, 2, "expiration")));
  const auto& info = miner.info;
  if (info.beneficiary == info.owner && params.new_beneficiary == info.owner)
    return fail(ErrorCode::exists, "beneficiary {} already set to owner address", info.beneficiary.str());
  Report report(context);
  if (info.pending_beneficiary_term) {
    report.line("WARNING: replacing Pending Beneficiary Term of:");
    tell_term(report, *info.pending_beneficiary_term);
    if (!context.on("overwrite-pending-change"))
      return fail(ErrorCode::exists,
                  "must pass --overwrite-pending-change to replace current pending beneficiary change. Please review "
                  "CAREFULLY");
  }
  report.line("Proposing Beneficiary Term of:");
  tell_term(report, {params.new_beneficiary, params.new_quota, params.new_expiration});
  if (!confirmed(context, report, kReview)) return {};
  return change_beneficiary(context, report, miner, info.owner, params, "Propose Message CID");
}

Result<> confirm_beneficiary(Context& context) {
  auto miner = TRY(miner_actor(context, TRY(address_argument(context, 0))));
  const auto& pending = miner.info.pending_beneficiary_term;
  if (!pending)
    return fail(ErrorCode::not_found, "no pending beneficiary term found for miner {}", miner.address.str());
  const bool existing = context.on("existing-beneficiary");
  if (existing == context.on("new-beneficiary"))
    return fail(ErrorCode::invalid, "must pass exactly one of --existing-beneficiary or --new-beneficiary");
  if (existing && pending->approved_by_beneficiary)
    return fail(ErrorCode::exists, "beneficiary change already approved by current beneficiary");
  if (!existing && pending->approved_by_nominee)
    return fail(ErrorCode::exists, "beneficiary change already approved by new beneficiary");
  Report report(context);
  report.line("Confirming Pending Beneficiary Term of:");
  tell_term(report, *pending);
  if (!confirmed(context, report, kReview)) return {};
  return change_beneficiary(context, report, miner, existing ? miner.info.beneficiary : pending->new_beneficiary,
                            {pending->new_beneficiary, pending->new_quota, pending->new_expiration},
                            "Confirm Message CID");
}

}  // namespace

std::vector<Command> miner_owner_commands() {
  return {
      {"actor set-owner",
       "<newOwnerAddress> <senderAddress>",
       "Set owner address (this command should be invoked twice, first with the old owner as the senderAddress, and "
       "then with the new owner)",
       {really_do_it_flag(), confidence_flag(), json_flag()},
       2,
       2,
       set_owner},
      {"actor propose-change-worker",
       "<address>",
       "Propose a worker address change",
       {really_do_it_flag(), confidence_flag(), json_flag()},
       1,
       1,
       propose_worker},
      {"actor confirm-change-worker",
       "<address>",
       "Confirm a worker address change",
       {really_do_it_flag(), confidence_flag(), json_flag()},
       1,
       1,
       confirm_worker},
      {"actor propose-change-beneficiary",
       "<beneficiaryAddress> <quota> <expiration>",
       "Propose a beneficiary address change",
       {really_do_it_flag(), toggle("--overwrite-pending-change", "Overwrite the current beneficiary change proposal"),
        confidence_flag(), json_flag()},
       3,
       3,
       propose_beneficiary},
      {"actor confirm-change-beneficiary",
       "<minerID>",
       "Confirm a beneficiary address change",
       {really_do_it_flag(),
        toggle("--existing-beneficiary", "send confirmation from the existing beneficiary address"),
        toggle("--new-beneficiary", "send confirmation from the new beneficiary address"), confidence_flag(),
        json_flag()},
       1,
       1,
       confirm_beneficiary},
  };
}

}  // namespace nelumbo::cli
