#pragma once
// config.toml of a repository: every option is declared once, with its default, its comment and its environment
// variable (LOTUS_SECTION_KEY), as lotus names them.

#include <chrono>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/file.hpp"
#include "types/bigint.hpp"

namespace nelumbo::node {

using Seconds = std::chrono::seconds;
using StringList = std::vector<std::string>;

/// [Libp2p] of a program with a host of its own.
struct Libp2pConfig {
  StringList libp2p_listen = {"/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1",
                              "/ip6/::/udp/0/quic-v1"};
  StringList libp2p_announce, libp2p_bootstrap, libp2p_protected, libp2p_whitelist, libp2p_blacklist;
  int64_t conn_mgr_low = 150, conn_mgr_high = 180;
  Seconds conn_mgr_grace{20};
};

/// Options of the daemon.
struct DaemonConfig : Libp2pConfig {
  std::string api_listen_address = "/ip4/127.0.0.1/tcp/1234/http";
  std::string api_remote_listen_address;
  Seconds api_timeout{30};
  std::string log_level = "info";
  TokenAmount default_max_fee = kAttoPerFil * 7 / 100;  ///< attoFIL
  std::string messager_api_info;                        ///< "TOKEN:MULTIADDR"
  int64_t execution_lanes = 2;
  int64_t block_cache_mib = 16;
  bool enable_splitstore = false;
  std::string cold_store_type = "messages";
  int64_t message_retention = 0;  ///< finalities
  int64_t full_gc_frequency = 20;
  int64_t max_space_target = 0;  ///< bytes
};

/// Options of the miner process.
struct MinerProcessConfig : Libp2pConfig {
  std::string api_listen_address = "/ip4/127.0.0.1/tcp/2345/http";
  std::string api_remote_listen_address = "127.0.0.1:2345";
  Seconds api_timeout{30};
  std::string log_level = "info";
  bool enable_mining = true;
  bool enable_sealing = true;
  bool disable_winning_post = false;
  bool disable_window_post = false;
  int64_t max_sealing_sectors = 0;  ///< 0: no limit
  int64_t max_pre_commit_batch = 256;
  Seconds pre_commit_batch_wait{24 * 3600}, pre_commit_batch_slack{3 * 3600};
  bool aggregate_commits = true;
  TokenAmount aggregate_above_base_fee;  ///< attoFIL
  int64_t min_commit_batch = 4, max_commit_batch = 819;
  Seconds commit_batch_wait{24 * 3600}, commit_batch_slack{3600};
  int64_t terminate_batch_max = 100;
  Seconds terminate_batch_wait{300};
  Seconds committed_capacity_lifetime{540 * 24 * 3600};
  bool finalize_early = false;
  bool collateral_from_miner_balance = false;
  Seconds wait_deals_delay{6 * 3600}, expected_seal_duration{24 * 3600};
  int64_t max_pre_commit_1 = 1, max_pre_commit_2 = 1, max_commit_2 = 1;
  std::string local_worker_name;
  Seconds trash_age{7 * 24 * 3600};                                                       ///< 0: for ever
  TokenAmount max_pre_commit_fee_base, max_pre_commit_fee_per_sector = kAttoPerFil / 50;  ///< attoFIL
  TokenAmount max_commit_fee_base, max_commit_fee_per_sector = kAttoPerFil * 3 / 100;
  TokenAmount max_terminate_gas_fee = kAttoPerFil / 2;
  TokenAmount max_window_post_gas_fee = kAttoPerFil * 5;  ///< attoFIL
  bool maximize_window_post_fee_cap = true;
  StringList pre_commit_control, commit_control, terminate_control, deal_publish_control;  ///< addresses
  bool disable_owner_fallback = false, disable_worker_fallback = false;
  int64_t parallel_check_limit = 32;
  Seconds single_check_timeout{600}, partition_check_timeout{1200};
  bool disable_post_pre_checks = false;
  bool disable_post_verification = false;
  int64_t max_partitions_per_post_message = 0;
  int64_t max_partitions_per_recovery_message = 0;
  bool single_recovering_partition = false;
  std::string messager_api_info;  ///< "TOKEN:MULTIADDR"
};

/// Options of the faucet.
struct FountainConfig {
  std::string listen_address = "/ip4/127.0.0.1/tcp/7777/http";
  std::string log_level = "info";
  std::string from;                       ///< address; empty: the only wallet
  TokenAmount amount = kAttoPerFil * 10;  ///< attoFIL
  Seconds interval{600};
  int64_t hourly_limit = 60;
  TokenAmount max_fee;  ///< attoFIL; 0: the sender's own limit
};

/// Options of the message server.
struct MessageServerConfig {
  std::string api_listen_address = "/ip4/127.0.0.1/tcp/5678/http";
  std::string api_remote_listen_address;
  Seconds api_timeout{30};
  std::string log_level = "info";
  std::string database_driver = "sqlite3";
  std::string database_dsn;
  int64_t database_sessions = 8;
  Seconds database_patience{10};
  std::string passphrase_file;
  StringList required_signers;
  StringList nodes;
  Seconds node_timeout{30};
  TokenAmount max_fee = kAttoPerFil * 7 / 100;  ///< attoFIL
  StringList max_fee_of_kinds;
  int64_t replace_after = 10;  ///< epochs
  int64_t max_replaces = 20;
  int64_t window = 100;
  int64_t confidence = 5;  ///< epochs
  Seconds keep_on_chain{0};
  StringList libp2p_listen = {"/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0"};
  StringList libp2p_bootstrap;
};

/// One option: where it stands in the file and which member of the configuration it fills.
template <class Config>
struct ConfigOption {
  std::string_view section, key, doc;
  std::variant<bool Config::*, int64_t Config::*, std::string Config::*, Seconds Config::*, TokenAmount Config::*,
               StringList Config::*>
      member;
};
template <class Config>
std::span<const ConfigOption<Config>> config_options();
template <>
std::span<const ConfigOption<DaemonConfig>> config_options<DaemonConfig>();
template <>
std::span<const ConfigOption<MinerProcessConfig>> config_options<MinerProcessConfig>();
template <>
std::span<const ConfigOption<MessageServerConfig>> config_options<MessageServerConfig>();
template <>
std::span<const ConfigOption<FountainConfig>> config_options<FountainConfig>();

/// config.toml with these values; those that are the defaults commented out, where it is asked for.
template <class Config>
std::string config_text(const Config& config, bool comment_defaults);
/// The text of a new config.toml: every option commented out with its default, its type and its environment variable.
template <class Config>
std::string default_config_text();

/// Defaults, then the file (missing: none), then the environment. A value of the wrong kind or TOML that cannot be
/// read is an error naming the option; a key this program does not have is named in `unknown`.
template <class Config>
Result<Config> load_config(const fs::path& file, std::vector<std::string>* unknown = nullptr);

/// Go's duration text, "1h2m3s"; whole seconds.
Result<Seconds> parse_duration(std::string_view text);
std::string duration_string(Seconds duration);

}  // namespace nelumbo::node
