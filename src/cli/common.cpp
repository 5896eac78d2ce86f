// Every program: log, wait-api, version; lotus and lotus-miner: auth.
#include <ostream>
#include <thread>

#include "lookup.hpp"
#include "node/version.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace common = rpc::common;

Result<std::string> new_token(Context& context) {
  if (!context.given("perm"))
    return fail(ErrorCode::invalid, "--perm flag not set, use with one of: read, write, sign, admin");
  auto level = rpc::parse_permission(context.text("perm"));
  if (!level) return fail(ErrorCode::invalid, "--perm flag has to be one of: [read write sign admin]");
  auto* client = TRY(context.own());
  return std::string(as_text(TRY(client->call(common::AuthNew, rpc::permissions_up_to(*level).names()))));
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

Result<> wait_api(Context& context) {
  auto timeout = TRY_IN("--timeout", parse_duration(context.text("timeout")));
  auto deadline = std::chrono::steady_clock::now() + timeout;
  auto endpoint = owner_info(context.owner).endpoint;
  while (!interrupted()) {
    auto where = context.own_api_info();
    auto version = where ? rpc::Client(*where, {.endpoint = endpoint}).call(common::Version)
                         : Result<rpc::Version>(std::unexpected(where.error()));
    if (version) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::cancelled, "timed out waiting for api to come online: {}", version.error().message);
    }
    context.print("Not online yet... ({})", version.error().message);
    context.out.flush();
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
        std::chrono::milliseconds(500), deadline - std::chrono::steady_clock::now()));
  }
  return fail(ErrorCode::cancelled, "interrupted");
}

Result<> version(Context& context) {
  auto* client = TRY(context.own());
  auto remote = TRY(client->call(common::Version));
  if (context.json()) {
    JsonValue all{{"Daemon", remote.version},
                  {"API", remote.api_version.str()},
                  {"Program", owner_info(context.owner).program},
                  {"Local", node::kVersion}};
    context.print("{}", all.dump(2));
    return {};
  }
  context.print("Daemon:  {}+api{}", remote.version, remote.api_version.str());
  context.print("Local: {} version {}", owner_info(context.owner).program, node::kVersion);
  return {};
}

Result<> log_list(Context& context) {
  auto* client = TRY(context.own());
  auto all = TRY(client->call(common::LogList));
  print_value(context, common::LogList, all, [&] {
    for (const auto& each : all) context.print("{}", each);
  });
  return {};
}

Result<> log_set_level(Context& context) {
  auto* client = TRY(context.own());
  return client->call(common::LogSetLevel, context.given("system") ? context.text("system") : std::string("*"),
                      context.args[0]);
}

}  // namespace

std::vector<Command> auth_commands() {
  auto perm = text("--perm", "permission to assign to the token, one of: read, write, sign, admin");
  return {
      {"auth create-token", "", "Create token", {perm}, 0, 0, create_token},
      {"auth api-info", "", "Get token with API info required to connect to this node", {perm}, 0, 0, api_info},
  };
}

std::vector<Command> common_commands() {
  const auto json = toggle("--json", "print JSON");
  return {
      {"wait-api",
       "",
       "Wait for lotus api to come online",
       {text("--timeout", "duration to wait till fail", "30s")},
       0,
       0,
       wait_api},
      {"version", "", "Print version", {json}, 0, 0, version},
      {"log list", "", "List log systems", {json}, 0, 0, log_list},
      {"log set-level",
       "<level>",
       "Set log level: debug, info, warn, error",
       {text("--system", "limit to log system")},
       1,
       1,
       log_set_level},
  };
}

}  // namespace nelumbo::cli
