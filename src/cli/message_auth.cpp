// lotus-message auth …
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::message;

Result<std::string> new_token(Context& context) {
  if (!context.given("perm"))
    return fail(ErrorCode::invalid, "--perm flag not set, use with one of: read, write, sign, admin");
  TRY_IN("--perm", rpc::parse_permission(context.text("perm")));
  auto valid = TRY_IN("--expires", parse_duration(context.text("expires")));
  auto* server = TRY(context.message());
  return server->call(api::MessageTokenNew, context.text("perm"), context.text("name"),
                      std::chrono::ceil<std::chrono::seconds>(valid).count());
}

Result<> create_token(Context& context) {
  context.print("{}", TRY(new_token(context)));
  return {};
}

Result<> api_info(Context& context) {
  auto token = TRY(new_token(context));
  auto where = TRY(context.own_api_info());
  context.print("{}={}:{}", owner_info(context.owner).variable, token, rpc::api_multiaddr(where.host, where.port));
  return {};
}

Result<> list(Context& context) {
  auto* server = TRY(context.message());
  auto all = TRY(server->call(api::MessageTokenList));
  if (context.json()) {
    print_json(context, api::MessageTokenList, all);
    return {};
  }
  Table table({"ID", "Name", "Permission", "Created", "Expires", "Revoked"});
  for (const auto& each : all) {
    table.add({{"ID", std::to_string(each.id)},
               {"Name", each.name},
               {"Permission", each.permission},
               {"Created", each.created},
               {"Expires", each.expires.empty() ? "never" : each.expires},
               {"Revoked", each.revoked ? "yes" : ""}});
  }
  table.print(context.out);
  return {};
}

Result<> revoke(Context& context) {
  auto id = TRY(number_argument(context, 0, "token's ID"));
  auto* server = TRY(context.message());
  TRY(server->call(api::MessageTokenRevoke, static_cast<int64_t>(id)));
  context.print("token {} is revoked", id);
  return {};
}

}  // namespace

std::vector<Command> message_auth_commands() {
  const std::vector<Flag> flags{text("--perm", "permission to assign to the token, one of: read, write, sign, admin"),
                                text("--expires", "how long it is valid, such as 24h; 0s for ever", "8760h"),
                                text("--name", "what it is for, as `auth list` shows it")};
  return {
      {"auth create-token", "", "Create token", flags, 0, 0, create_token},
      {"auth api-info", "", "Print a new token with the API's address, for MESSAGE_API_INFO", flags, 0, 0, api_info},
      {"auth list", "", "List tokens", {toggle("--json", "print JSON")}, 0, 0, list},
      {"auth revoke", "<id>", "Revoke a token of `auth list`", {}, 1, 1, revoke},
  };
}

}  // namespace nelumbo::cli
