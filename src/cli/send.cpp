// lotus send
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr MethodNum kInvokeContract = 3844450837;  ///< FRC-0042 number of the EVM actor's InvokeEVM
constexpr MethodNum kCreateExternal = 4;           ///< of the Ethereum address manager

bool is_eth(const Address& address) {
  auto delegated = address.as_delegated();
  return delegated && delegated->space == Address::kEthereumAddressManager;
}

Result<Message> message_of(Context& context, rpc::Client& node) {
  Message message;
  message.to = TRY_IN("failed to parse target address", address_argument(context, 0));
  message.value = TRY_IN("failed to parse amount", parse_fil(context.args[1]));
  message.from = context.given("from") ? TRY_IN("--from", Address::parse(context.text("from")))
                                       : TRY_IN("failed to get default address", node.call(full::WalletDefaultAddress));
  if (context.given("params-hex"))
    message.params = TRY_IN("failed to decode hex params", from_hex(context.text("params-hex")));
  if (is_eth(message.from) || context.args[0].starts_with("0x")) {
    if (context.given("method"))
      return fail(ErrorCode::invalid, "messages from f410f addresses may not specify a method number");
    message.method =
        message.to == Address::from_id(Address::kEthereumAddressManager) ? kCreateExternal : kInvokeContract;
    if (!message.params.empty()) {
      CborWriter writer;
      writer.bytes(message.params);
      message.params = std::move(writer.out);
    }
  } else {
    message.method = static_cast<MethodNum>(TRY(context.number("method")));
  }
  if (context.given("gas-premium"))
    message.gas_premium = TRY_IN("--gas-premium", parse_bigint(context.text("gas-premium")));
  if (context.given("gas-feecap"))
    message.gas_fee_cap = TRY_IN("--gas-feecap", parse_bigint(context.text("gas-feecap")));
  message.gas_limit = TRY(context.number("gas-limit"));
  return message;
}

/// With a nonce of the caller's choice: estimated, signed and pushed in three steps.
Result<SignedMessage> push_with_nonce(Context& context, rpc::Client& node, Message message) {
  message.nonce = static_cast<uint64_t>(TRY(context.number("nonce")));
  auto estimated =
      TRY(node.call(full::GasEstimateMessageGas, message, std::optional<rpc::MessageSendSpec>(), TipsetKey()));
  auto sealed = TRY(node.call(full::WalletSignMessage, message.from, estimated));
  TRY(node.call(full::MpoolPush, sealed));
  return sealed;
}

Result<> send(Context& context) {
  auto* node = TRY(context.node());
  auto message = TRY(message_of(context, *node));
  // Beside standard output, so that a script's $(lotus send …) gets the CID alone.
  context.err << fmt::format("Sending message from: {}\nSending message to: {}\nUsing Method: {}\n", message.from.str(),
                             message.to.str(), message.method);
  auto sent =
      TRY(context.given("nonce") ? push_with_nonce(context, *node, message)
                                 : node->call(full::MpoolPushMessage, message, std::optional<rpc::MessageSendSpec>()));
  context.print("{}", sent.cid().str());
  return {};
}

}  // namespace

std::vector<Command> send_commands() {
  return {{"send",
           "<targetAddress> <amount>",
           "Send funds between accounts",
           {text("--from", "optionally specify the account to send funds from"),
            text("--gas-premium", "specify gas price to use in AttoFIL"),
            text("--gas-feecap", "specify gas fee cap to use in AttoFIL"), number("--gas-limit", "specify gas limit"),
            number("--nonce", "specify the nonce to use"), number("--method", "specify method to invoke", "0"),
            text("--params-hex", "specify invocation parameters in hex"),
            toggle("--force", "Deprecated: use global 'force-send'")},
           2,
           2,
           send}};
}

}  // namespace nelumbo::cli
