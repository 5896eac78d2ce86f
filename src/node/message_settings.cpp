#include "message_settings.hpp"

#include "crypto/hash.hpp"
#include "net/policy.hpp"

namespace nelumbo::node {

namespace {

constexpr size_t kKeyFileBytes = 32;

Result<int64_t> within(std::string_view option, int64_t value, int64_t least, int64_t most) {
  if (value < least || value > most) {
    return fail(ErrorCode::invalid, "{} is {}; it may be from {} to {}", option, value, least, most);
  }
  return value;
}

/// "SubmitWindowedPoSt=5 FIL".
Result<std::pair<std::string, TokenAmount>> parse_kind(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(ErrorCode::invalid, "Fees.Kinds: \"{}\" is not of the form \"SubmitWindowedPoSt=5 FIL\"", text);
  auto amount = TRY_IN(fmt::format("Fees.Kinds: \"{}\"", text), parse_fil(text.substr(equals + 1)));
  if (amount <= 0) return fail(ErrorCode::invalid, "Fees.Kinds: \"{}\" is a ceiling that no message fits under", text);
  return std::pair(text.substr(0, equals), std::move(amount));
}

Result<messager::FeeRules> fee_rules(const MessageServerConfig& config) {
  messager::FeeRules out;
  out.max_fee = config.max_fee;
  if (out.max_fee <= 0)
    return fail(ErrorCode::invalid, "Fees.MaxFee: no message fits under {}", fil_string(out.max_fee));
  for (const auto& each : config.max_fee_of_kinds) out.kinds.insert(TRY(parse_kind(each)));
  out.replace_after = TRY(within("Fees.ReplaceAfter", config.replace_after, 0, 100'000));
  out.max_replaces = TRY(within("Fees.MaxReplaces", config.max_replaces, 0, 1'000));
  return out;
}

Result<messager::DatabaseConfig> database(const MessageServerConfig& config, const fs::path& repository) {
  messager::DatabaseConfig out;
  out.driver = config.database_driver;
  out.dsn = config.database_dsn;
  const auto file = out.dsn.empty() ? repository / "messages.db" : expand_home(out.dsn);
  if (out.driver == "sqlite3") out.dsn = file.string();
  out.sessions = static_cast<size_t>(TRY(within("Database.Sessions", config.database_sessions, 1, 1'000)));
  const auto patience = TRY(within("Database.Patience", config.database_patience.count(), 1, 3'600));
  out.patience = std::chrono::seconds(patience);
  return out;
}

Result<std::vector<rpc::ApiInfo>> nodes(const MessageServerConfig& config, const MessageServerOptions& options) {
  std::vector<rpc::ApiInfo> out;
  for (const auto& each : config.nodes) out.push_back(TRY_IN("Nodes.ApiInfo", rpc::parse_api_info(each)));
  if (!out.empty()) return out;
  auto found = options.daemon_api ? in_context(rpc::parse_api_info(*options.daemon_api), "FULLNODE_API_INFO")
                                  : rpc::find_api_info("FULLNODE_API_INFO", options.daemon_repository, "lotus daemon");
  if (!found && found.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "Nodes.ApiInfo names no full node, and {}", found.error().message);
  }
  out.push_back(TRY(std::move(found)));
  return out;
}

Result<std::vector<Address>> signers(const MessageServerConfig& config) {
  std::vector<Address> out;
  for (const auto& text : config.required_signers) {
    auto address = TRY_IN("Keys.RequiredSigners", Address::parse(text));
    switch (address.protocol()) {
      case Protocol::bls:
      case Protocol::secp256k1:
      case Protocol::delegated:
        out.push_back(std::move(address));
        break;
      default:
        return fail(ErrorCode::invalid, "Keys.RequiredSigners: {} is no key address (f1, f3, f410)", text);
    }
  }
  return out;
}

Result<std::vector<rpc::PeerInfo>> bootstrap(const MessageServerConfig& config) {
  std::vector<rpc::PeerInfo> out;
  for (const auto& address : config.libp2p_bootstrap) {
    auto peer = net::peer_of(address);
    if (!peer)
      return fail(ErrorCode::invalid, "Libp2p.BootstrapPeers: {} does not end in /p2p/ and a peer's id", address);
    out.push_back({*peer, {address}});
  }
  return out;
}

}  // namespace

Result<MessageSettings> message_settings(const MessageServerConfig& config, const MessageServerOptions& options,
                                         const fs::path& repository) {
  MessageSettings out;
  out.database = TRY(database(config, repository));
  auto& service = out.service;
  service.fees = TRY(fee_rules(config));
  service.window = static_cast<size_t>(TRY(within("Publish.Window", config.window, 1, 10'000)));
  service.confidence = static_cast<uint64_t>(TRY(within("Publish.Confidence", config.confidence, 0, 900)));
  service.retention = config.keep_on_chain;
  out.nodes = TRY(nodes(config, options));
  out.node_timeout = std::chrono::seconds(TRY(within("Nodes.Timeout", config.node_timeout.count(), 1, 3'600)));
  out.required_signers = TRY(signers(config));
  out.bootstrap = TRY(bootstrap(config));
  return out;
}

Result<VaultSource> open_vault(const MessageServerConfig& config, const std::optional<std::string>& passphrase,
                               const fs::path& repository) {
  VaultSource out;
  if (passphrase) {
    out.place = "the passphrase in LOTUS_MESSAGE_PASSPHRASE";
    out.vault = TRY_IN("LOTUS_MESSAGE_PASSPHRASE", messager::Vault::from_passphrase(*passphrase));
    return out;
  }
  auto file = config.passphrase_file.empty() ? repository / "vault.key" : expand_home(config.passphrase_file);
  out.place = fmt::format("the file {}", file.string());
  if (config.passphrase_file.empty() && !fs::exists(file)) {
    TRY(write_file(file, to_hex(random_bytes(kKeyFileBytes)), 0600));
    out.made = file;
  }
  out.vault = TRY(messager::Vault::from_file(file));
  return out;
}

}  // namespace nelumbo::node
