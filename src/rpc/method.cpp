#include "rpc/method.hpp"

#include "rpc/api_types.hpp"

namespace nelumbo::rpc {
namespace {

constexpr std::string_view kPermissionNames[] = {"read", "write", "sign", "admin"};

/// The pieces of a parameter list, cut at the commas outside of <> and ().
std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> out;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (list[i] == '<' || list[i] == '(') ++depth;
      if (list[i] == '>' || list[i] == ')') --depth;
    }
    if (i == list.size() || (list[i] == ',' && depth == 0)) {
      if (i > begin) out.push_back(list.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> Permissions::names() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < 4; ++i) {
    if (bits >> i & 1) out.emplace_back(kPermissionNames[i]);
  }
  return out;
}

std::string_view permission_name(Permission permission) {
  for (size_t i = 0; i < 4; ++i) {
    if (static_cast<uint8_t>(permission) == 1u << i) return kPermissionNames[i];
  }
  return "none";
}

Result<Permission> parse_permission(std::string_view name) {
  for (size_t i = 0; i < 4; ++i) {
    if (kPermissionNames[i] == name) return static_cast<Permission>(1u << i);
  }
  return fail(ErrorCode::invalid, "unknown permission '{}': it is one of read, write, sign, admin", name);
}

Permissions permissions_up_to(Permission level) {
  return {static_cast<uint8_t>((static_cast<unsigned>(level) << 1) - 1)};
}

std::string_view endpoint_path(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::v0:
      return "/rpc/v0";
    case Endpoint::v1:
      return "/rpc/v1";
    case Endpoint::v2:
      return "/rpc/v2";
  }
  return "";
}

std::vector<std::string> parameter_names(const MethodInfo& method) {
  std::vector<std::string> out;
  auto open = method.signature.find('(');
  auto close = method.signature.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return out;
  for (auto piece : split_list(method.signature.substr(open + 1, close - open - 1))) {
    out.emplace_back(piece.substr(piece.rfind(' ') + 1));
  }
  return out;
}

std::string ApiVersion::str() const {
  return fmt::format("{}.{}.{}", packed >> 16 & 0xff, packed >> 8 & 0xff, packed & 0xff);
}

std::string_view sync_stage_name(SyncStage stage) {
  switch (stage) {
    case SyncStage::idle:
      return "idle";
    case SyncStage::headers:
      return "header sync";
    case SyncStage::persist_headers:
      return "persisting headers";
    case SyncStage::messages:
      return "message sync";
    case SyncStage::complete:
      return "complete";
    case SyncStage::errored:
      return "error";
    case SyncStage::fetching_messages:
      return "fetching messages";
  }
  return "<unknown>";
}

Result<> TipsetSelector::check() const {
  int criteria = key.has_value() + height.has_value() + tag.has_value();
  if (criteria != 1)
    return fail(ErrorCode::invalid, "exactly one tipset selection criterion must be given, found {}", criteria);
  if (!height) return {};
  if (!height->at) return fail(ErrorCode::invalid, "invalid tipset height: at epoch must be given");
  if (*height->at < 0) return fail(ErrorCode::invalid, "invalid tipset height: epoch cannot be less than zero");
  if (height->anchor && height->anchor->key && height->anchor->tag) {
    return fail(ErrorCode::invalid, "invalid tipset height: at most one anchor criterion may be given");
  }
  return {};
}

}  // namespace nelumbo::rpc
