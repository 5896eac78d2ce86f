#pragma once
// What the daemon's and the miner's APIs have in common: tokens, version, shutdown.

#include <functional>

#include "base/clock.hpp"
#include "crypto/uuid.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

struct ProcessInfo {
  rpc::Version version;
  Bytes jwt_secret;
  /// Checks and makes tokens; empty: by the secret alone, for ever.
  std::function<Result<rpc::Permissions>(std::string_view token)> verify_token = nullptr;
  std::function<Result<std::string>(rpc::Permissions)> new_token = nullptr;
  std::string session;  ///< UUID of this run
  TimePoint started;
  std::vector<std::string> subsystems;  ///< names in the log
  std::function<void()> shutdown;
};
void bind_process(rpc::Server& server, ProcessInfo info);

/// "2026-11-21T03:15:00Z".
std::string rfc3339(TimePoint time);
/// Go's zero time, for a moment that has not come.
inline constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";

}  // namespace nelumbo::node
