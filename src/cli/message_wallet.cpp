// lotus-message wallet …
#include <ostream>

#include "keys.hpp"
#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::message;

/// --nonce, for a key whose next nonce no node can tell.
Result<std::optional<uint64_t>> nonce_flag(const Context& context) {
  if (!context.given("nonce")) return std::optional<uint64_t>();
  auto nonce = TRY(context.number("nonce"));
  if (nonce < 0) return fail(ErrorCode::invalid, "--nonce: {} is no nonce", nonce);
  return static_cast<uint64_t>(nonce);
}

Result<> create(Context& context) {
  auto nonce = TRY(nonce_flag(context));
  auto* server = TRY(context.message());
  auto type = context.args.empty() ? std::string("secp256k1") : context.args[0];
  context.print("{}", TRY(server->call(api::MessageWalletNew, type, nonce)).str());
  return {};
}

Result<> import_key(Context& context) {
  auto nonce = TRY(nonce_flag(context));
  auto key = TRY(key_argument(context));
  auto* server = TRY(context.message());
  context.print("imported key {} successfully!", TRY(server->call(api::MessageWalletImport, key, nonce)).str());
  return {};
}

Result<> export_key(Context& context) {
  auto address = TRY(address_argument(context, 0));
  TRY(check_key_format(context.text("format")));
  auto* server = TRY(context.message());
  auto key = TRY(server->call(api::MessageWalletExport, address));
  context.print("{}", TRY(key_text(key, context.text("format"))));
  return {};
}

std::map<std::string, std::string> row_of(const rpc::MessageWallet& wallet) {
  std::map<std::string, std::string> row{{"Address", wallet.address.str()},
                                         {"Balance", fil_string(wallet.balance)},
                                         {"Next Nonce", std::to_string(wallet.next_nonce)},
                                         {"Chain Nonce", std::to_string(wallet.chain_nonce)},
                                         {"Pending", std::to_string(wallet.pending)}};
  if (wallet.pending > 0) row["Oldest Wait"] = duration_string(std::chrono::seconds(wallet.oldest_seconds));
  row["Halted"] = wallet.halted;
  row["Note"] = wallet.note;
  return row;
}

Result<> list(Context& context) {
  auto* server = TRY(context.message());
  auto all = TRY(server->call(api::MessageWalletList));
  if (context.json()) {
    print_json(context, api::MessageWalletList, all);
    return {};
  }
  Table table({"Address", "Balance", "Next Nonce", "Chain Nonce", "Pending", "Oldest Wait", "Halted", "Note"});
  for (const auto& wallet : all) {
    auto row = row_of(wallet);
    std::erase_if(row, [](const auto& cell) { return cell.second.empty(); });
    table.add(std::move(row));
  }
  table.print(context.out);
  return {};
}

Result<> remove(Context& context) {
  auto address = TRY(address_argument(context, 0));
  if (!context.on("really-do-it")) {
    return fail(ErrorCode::invalid, "the key of {} would be gone for ever: export it first, then say --really-do-it",
                address.str());
  }
  auto* server = TRY(context.message());
  TRY(server->call(api::MessageWalletDelete, address));
  context.print("deleted {}", address.str());
  return {};
}

Result<> sync_nonce(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto nonce = TRY(nonce_flag(context));
  auto* server = TRY(context.message());
  auto next = TRY(server->call(api::MessageWalletSyncNonce, address, nonce));
  context.print("next nonce of {} is {}", address.str(), next);
  return {};
}

}  // namespace

std::vector<Command> message_wallet_commands() {
  const auto nonce = number("--nonce", "next nonce, instead of asking a full node");
  return {
      {"wallet import",
       "[FILE, or - or nothing for standard input]",
       "Take over a key; its next nonce is the one after what is on chain and in a node's pool",
       {import_format(), import_type(), nonce},
       0,
       1,
       import_key},
      {"wallet new",
       "[bls|secp256k1|delegated (default secp256k1)]",
       "Generate a new key of the given type",
       {nonce},
       0,
       1,
       create},
      {"wallet list",
       "",
       "List addresses with balance, next nonce, chain nonce, pending messages and the oldest's wait",
       {toggle("--json", "print JSON")},
       0,
       0,
       list},
      {"wallet export", "<address>", "Print a key", {export_format()}, 1, 1, export_key},
      {"wallet delete",
       "<address>",
       "Remove a key for ever; refused while messages of it are not on chain",
       {toggle("--really-do-it", "the key is gone")},
       1,
       1,
       remove},
      {"wallet sync-nonce",
       "<address>",
       "Go on with a sender that was halted because it was used elsewhere, from the highest nonce that is known",
       {nonce},
       1,
       1,
       sync_nonce},
  };
}

}  // namespace nelumbo::cli
