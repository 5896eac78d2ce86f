// lotus-message send
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::message;

/// --from, else the only wallet.
Result<Address> sender(const Context& context, rpc::Client& server) {
  if (context.given("from")) return in_context(Address::parse(context.text("from")), "--from");
  auto all = TRY(server.call(api::WalletList));
  if (all.size() == 1) return all.front();
  return fail(ErrorCode::invalid, "the server has {} wallets: name the sender with --from", all.size());
}

Result<Message> message_of(const Context& context, rpc::Client& server) {
  Message message;
  message.to = TRY_IN("failed to parse target address", address_argument(context, 0));
  message.value = TRY_IN("failed to parse amount", parse_fil(context.args[1]));
  message.from = TRY(sender(context, server));
  const auto method = TRY(context.number("method"));
  if (method < 0) return fail(ErrorCode::invalid, "--method: {} is no method", method);
  message.method = static_cast<MethodNum>(method);
  if (context.given("params-hex"))
    message.params = TRY_IN("failed to decode hex params", from_hex(context.text("params-hex")));
  if (context.given("gas-premium"))
    message.gas_premium = TRY_IN("--gas-premium", parse_bigint(context.text("gas-premium")));
  if (context.given("gas-feecap"))
    message.gas_fee_cap = TRY_IN("--gas-feecap", parse_bigint(context.text("gas-feecap")));
  message.gas_limit = TRY(context.number("gas-limit"));
  return message;
}

Result<> send(Context& context) {
  auto* server = TRY(context.message());
  auto message = TRY(message_of(context, *server));
  rpc::MessageSendSpec spec;
  if (context.given("max-fee")) spec.max_fee = TRY_IN("--max-fee", parse_fil(context.text("max-fee")));
  if (context.given("uuid")) spec.msg_uuid = context.text("uuid");
  auto sent = TRY(server->call(api::MpoolPushMessage, message, std::optional(spec)));
  // Beside standard output, so that a script's $(lotus-message send …) gets the CID alone.
  context.err << fmt::format("Nonce {} of {}\n", sent.message.nonce, sent.message.from.str());
  context.print("{}", sent.cid().str());
  return {};
}

}  // namespace

std::vector<Command> message_send_commands() {
  return {
      {"send",
       "<targetAddress> <amount>",
       "Send a message through the server; prints its CID once it is stored",
       {text("--from", "the sender (default: the only wallet)"), number("--method", "method to invoke", "0"),
        text("--params-hex", "parameters in hex"), text("--uuid", "a repeated call with it makes no second message"),
        text("--max-fee", "the most it may cost in gas, in FIL (default: the kind's ceiling)"),
        text("--gas-premium", "gas premium in attoFIL (default: estimated)"),
        text("--gas-feecap", "gas fee cap in attoFIL (default: estimated)"),
        number("--gas-limit", "gas limit (default: estimated)")},
       2,
       2,
       send}};
}

}  // namespace nelumbo::cli
