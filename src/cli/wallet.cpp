// lotus wallet …
#include <ostream>

#include "keys.hpp"
#include "lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> create(Context& context) {
  auto* node = TRY(context.node());
  auto address = TRY(node->call(full::WalletNew, context.args.empty() ? std::string("secp256k1") : context.args[0]));
  print_value(context, full::WalletNew, address, [&] { context.print("{}", address.str()); });
  return {};
}

Result<std::map<std::string, std::string>> describe(Context& context, rpc::Client& node, const Address& address,
                                                    const Address& chosen) {
  std::map<std::string, std::string> row{{"Address", address.str()}};
  auto actor = node.call(full::StateGetActor, address, TipsetKey());
  if (!actor && actor.error().code != ErrorCode::not_found &&
      actor.error().message.find("actor not found") == std::string::npos) {
    row["Error"] = actor.error().message;
    return row;
  }
  row["Balance"] = fil_string(actor ? actor->balance : TokenAmount(0));
  row["Nonce"] = std::to_string(actor ? actor->nonce : 0);
  if (address == chosen) row["Default"] = "X";
  if (context.on("id")) {
    auto id = node.call(full::StateLookupID, address, TipsetKey());
    row["ID"] = id ? id->str() : "n/a";
  }
  if (context.on("market")) {
    if (auto balance = node.call(full::StateMarketBalance, address, TipsetKey())) {
      row["Market(Avail)"] = fil_string(balance->escrow - balance->locked);
      row["Market(Locked)"] = fil_string(balance->locked);
    }
  }
  return row;
}

Result<> list(Context& context) {
  auto* node = TRY(context.node());
  auto chosen = node->call(full::WalletDefaultAddress).value_or(Address());
  Table table({"Address", "ID", "Balance", "Market(Avail)", "Market(Locked)", "Nonce", "Default", "Error"});
  JsonValue rows = JsonValue::array();
  for (const auto& address : TRY(node->call(full::WalletList))) {
    if (context.on("addr-only")) {
      context.print("{}", address.str());
      continue;
    }
    auto row = TRY(describe(context, *node, address, chosen));
    rows.push_back(JsonValue(row));
    table.add(std::move(row));
  }
  if (context.json()) {
    context.print("{}", rows.dump(2));
  } else {
    table.print(context.out);
  }
  return {};
}

Result<> balance(Context& context) {
  auto* node = TRY(context.node());
  auto address = TRY(context.args.empty() ? node->call(full::WalletDefaultAddress) : address_argument(context, 0));
  auto found = TRY(node->call(full::WalletBalance, address));
  if (context.json()) {
    print_json(context, full::WalletBalance, found);
    return {};
  }
  bool warn = found == 0 && !TRY(sync_is_done(*node));
  context.print("{}{}", fil_string(found), warn ? " (warning: may display 0 if chain sync in progress)" : "");
  return {};
}

Result<> get_default(Context& context) {
  auto* node = TRY(context.node());
  auto address = TRY(node->call(full::WalletDefaultAddress));
  print_value(context, full::WalletDefaultAddress, address, [&] { context.print("{}", address.str()); });
  return {};
}

Result<> set_default(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  context.print("Default address set to: {}", address.str());
  return node->call(full::WalletSetDefault, address);
}

Result<> remove(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  TRY(node->call(full::WalletDelete, address));
  context.print("Soft deleting address: {}", address.str());
  context.print("Hard deletion of the address in `~/.lotus/keystore` is needed for permanent removal");
  return {};
}

Result<> export_key(Context& context) {
  auto address = TRY(address_argument(context, 0));
  TRY(check_key_format(context.text("format")));
  auto* node = TRY(context.node());
  auto key = TRY(node->call(full::WalletExport, address));
  context.print("{}", TRY(key_text(key, context.text("format"))));
  return {};
}

Result<> import_key(Context& context) {
  auto key = TRY(key_argument(context));
  auto* node = TRY(context.node());
  auto address = TRY(node->call(full::WalletImport, key));
  if (context.on("as-default")) TRY_IN("failed to set default key", node->call(full::WalletSetDefault, address));
  context.print("imported key {} successfully!", address.str());
  return {};
}

/// FRC-0102: what is signed cannot be taken for a chain message.
Bytes enveloped(const Context& context, Bytes message) {
  if (context.on("raw")) return message;
  auto prefix = fmt::format(
      "\x19"
      "Filecoin Signed Message:\n{}",
      message.size());
  message.insert(message.begin(), prefix.begin(), prefix.end());
  return message;
}

Result<> sign_bytes(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto message = enveloped(context, TRY_IN("message", from_hex(context.args[1])));
  auto* node = TRY(context.node());
  auto signature = TRY_IN("failed to sign message", node->call(full::WalletSign, address, message));
  context.print("{:02x}{}", static_cast<unsigned>(signature.type), to_hex(signature.data));
  return {};
}

Result<> verify_bytes(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto message = enveloped(context, TRY_IN("message", from_hex(context.args[1])));
  auto raw = TRY_IN("signature", from_hex(context.args[2]));
  if (raw.empty() || raw[0] < 1 || raw[0] > 3) return fail(ErrorCode::invalid, "signature: unknown kind");
  Signature signature{static_cast<SignatureType>(raw[0]), Bytes(raw.begin() + 1, raw.end())};
  auto* node = TRY(context.node());
  if (TRY(node->call(full::WalletVerify, address, message, signature))) {
    context.print("valid");
    return {};
  }
  context.print("invalid");
  return fail(ErrorCode::invalid, "CLI Verify called with invalid signature");
}

}  // namespace

std::vector<Command> wallet_commands() {
  const auto json = toggle("--json", "print JSON");
  auto raw = toggle("--raw", "raw bytes without FRC-0102 envelope (not recommended)");
  return {
      {"wallet new",
       "[bls|secp256k1|delegated (default secp256k1)]",
       "Generate a new key of the given type",
       {json},
       0,
       1,
       create},
      {"wallet list",
       "",
       "List wallet address",
       {toggle("--addr-only,-a", "Only print addresses"), toggle("--id,-i", "Output ID addresses"),
        toggle("--market,-m", "Output market balances"), toggle("--json", "print JSON")},
       0,
       0,
       list},
      {"wallet balance",
       "[address]",
       "Get account balance",
       {toggle("--json", "print attoFIL as JSON")},
       0,
       1,
       balance},
      {"wallet export", "<address>", "export keys", {export_format()}, 1, 1, export_key},
      {"wallet import",
       "[path (optional, will read from stdin if omitted)]",
       "import keys",
       {import_format(), import_type(), toggle("--as-default", "import the given key as your new default key")},
       0,
       1,
       import_key},
      {"wallet default", "", "Get default wallet address", {json}, 0, 0, get_default},
      {"wallet set-default", "<address>", "Set default wallet address", {}, 1, 1, set_default},
      {"wallet sign", "<signing address> <hexMessage>", "sign a message", {raw}, 2, 2, sign_bytes},
      {"wallet verify",
       "<signing address> <hexMessage> <signature>",
       "verify the signature of a message",
       {raw},
       3,
       3,
       verify_bytes},
      {"wallet delete",
       "<address>",
       "Soft delete an address from the wallet - hard deletion needed for permanent removal",
       {},
       1,
       1,
       remove},
  };
}

}  // namespace nelumbo::cli
