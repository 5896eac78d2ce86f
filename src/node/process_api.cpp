// AuthVerify, Version, Shutdown …: what every daemon answers.

#include "process_api.hpp"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include "base/log_levels.hpp"
#include "node/version.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {

namespace {

Result<void> set_level(const std::vector<std::string>& subsystems, const std::string& subsystem,
                       const std::string& level) {
  static constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error", "off"};
  if (std::ranges::find(kLevels, level) == std::end(kLevels)) {
    return fail(ErrorCode::invalid, "\"{}\" is no log level; there are debug, info, warn, error and off", level);
  }
  if (subsystem == "*" || subsystem == "all") {
    set_log_level(parse_log_level(level));
    return {};
  }
  if (std::ranges::find(subsystems, subsystem) == subsystems.end()) {
    return fail(ErrorCode::not_found, "there is no subsystem \"{}\"; there are {}", subsystem,
                fmt::join(subsystems, ", "));
  }
  set_log_level(subsystem, parse_log_level(level));
  return {};
}

Result<Bytes> new_token(const ProcessInfo& info, const std::vector<std::string>& names) {
  rpc::Permissions permissions;
  for (const auto& name : names) permissions = permissions.with(TRY(rpc::parse_permission(name)));
  auto token = TRY(info.new_token(permissions));
  return to_bytes(token);
}

}  // namespace

std::string rfc3339(TimePoint time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string user_version(std::string_view network) { return fmt::format("{}+{}", kVersion, network); }

void bind_process(rpc::Server& server, ProcessInfo info) {
  namespace common = rpc::common;
  if (!info.verify_token) {
    info.verify_token = [secret = info.jwt_secret](std::string_view token) { return rpc::verify_token(secret, token); };
  }
  if (!info.new_token) {
    info.new_token = [secret = info.jwt_secret](rpc::Permissions permissions) -> Result<std::string> {
      return rpc::make_token(secret, permissions);
    };
  }
  auto shared = std::make_shared<const ProcessInfo>(std::move(info));
  server.bind(common::AuthVerify, [shared](const std::string& token) -> Result<std::vector<std::string>> {
    return TRY(shared->verify_token(token)).names();
  });
  server.bind(common::AuthNew, [shared](const std::vector<std::string>& names) { return new_token(*shared, names); });
  server.bind(common::LogList, [shared]() -> Result<std::vector<std::string>> { return shared->subsystems; });
  server.bind(common::LogSetLevel, [shared](const std::string& subsystem, const std::string& level) {
    return set_level(shared->subsystems, subsystem, level);
  });
  server.bind(common::Version, [shared]() -> Result<rpc::Version> { return shared->version; });
  server.bind(common::Discover, [&server](const rpc::CallContext& call) -> Result<rpc::RawJson> {
    return rpc::RawJson(server.open_rpc(call.endpoint));
  });
  server.bind(common::Shutdown, [shared]() -> Result<> {
    log_info("node", "asked to stop over the API");
    shared->shutdown();
    return {};
  });
  server.bind(common::StartTime, [shared]() -> Result<std::string> { return rfc3339(shared->started); });
  // Nothing is ever sent: the stream's end is the news.
  server.bind_stream(common::Closing, [](const rpc::Subscriber<common::Closing_t>&) -> Result<> { return {}; });
  server.bind(common::Session, [shared]() -> Result<std::string> { return shared->session; });
}

}  // namespace nelumbo::node
