// The options of each program, one row each.

#include "config_libp2p.hpp"

namespace nelumbo::node {

template <>
std::span<const ConfigOption<DaemonConfig>> config_options<DaemonConfig>() {
  using C = DaemonConfig;
  static const auto options = with_libp2p<C>({
      {"API", "ListenAddress", "Where the daemon's JSON-RPC API listens (multiaddress)", &C::api_listen_address},
      {"API", "RemoteListenAddress", "The address to tell other programs, when it differs from ListenAddress",
       &C::api_remote_listen_address},
      {"API", "Timeout", "How long a client may take to send a request", &C::api_timeout},
      {"Logging", "Level", "Least level that is logged: debug, info, warn, error, off", &C::log_level},
      {"Fees", "DefaultMaxFee", "The most a message may cost in gas when its sender says nothing else",
       &C::default_max_fee},
      {"Messager", "ApiInfo",
       "The message server that sends for the wallets it has the keys of (TOKEN:MULTIADDR, as `lotus-message auth "
       "api-info --perm sign` prints it); empty for none: every message is signed by this node's own wallet",
       &C::messager_api_info},
      {"Chainstore", "BlockCacheMiB", "Memory for recently used blocks, in MiB", &C::block_cache_mib},
      {"Chainstore", "EnableSplitstore",
       "Prune the chain's store by itself, each time that a finality (900 epochs) has gone by since the last time",
       &C::enable_splitstore},
      {"Chainstore.Splitstore", "ColdStoreType",
       "What stays of the chain below the recent epochs: \"discard\" headers only, \"messages\" headers and messages, "
       "\"universal\" all of the chain, so that only abandoned forks go",
       &C::cold_store_type},
      {"Chainstore.Splitstore", "HotStoreMessageRetention",
       "With \"discard\": for how many finalities beyond the recent states messages stay", &C::message_retention},
      {"Chainstore.Splitstore", "HotStoreFullGCFrequency",
       "Every how many prunes the whole store is rewritten instead of what they touched; 0 for never",
       &C::full_gc_frequency},
      {"Chainstore.Splitstore", "HotStoreMaxSpaceTarget",
       "Bytes on disk above which the store is pruned without waiting for a finality; 0 for no such bound",
       &C::max_space_target},
      {"Execution", "Lanes", "How many calls and estimates run in the virtual machine at once", &C::execution_lanes},
  });
  return options;
}

template <>
std::span<const ConfigOption<MessageServerConfig>> config_options<MessageServerConfig>() {
  using C = MessageServerConfig;
  static const ConfigOption<C> options[] = {
      {"API", "ListenAddress", "Where the message server's JSON-RPC API listens (multiaddress)",
       &C::api_listen_address},
      {"API", "RemoteListenAddress", "The address to tell other programs, when it differs from ListenAddress",
       &C::api_remote_listen_address},
      {"API", "Timeout", "How long a client may take to send a request", &C::api_timeout},
      {"Database", "Driver", "\"sqlite3\" (a file) or \"mysql\" (MySQL and MariaDB)", &C::database_driver},
      {"Database", "DSN",
       "Where the database is. sqlite3: the file (empty: messages.db in the repository). mysql: \"host=… port=… db=… "
       "user=… password=…\"; the database must exist, its tables are made",
       &C::database_dsn},
      {"Database", "Sessions", "Connections to the database at most", &C::database_sessions},
      {"Database", "Patience", "How long a call tries again while the database is away", &C::database_patience},
      {"Keys", "PassphraseFile",
       "File with the passphrase that the private keys are encrypted under; only its owner may read it. "
       "LOTUS_MESSAGE_PASSPHRASE holds the passphrase itself. With neither, the file vault.key in the repository is "
       "made "
       "at the first start",
       &C::passphrase_file},
      {"Keys", "RequiredSigners",
       "Key addresses (f1, f3, f410) that the server must have keys for; it does not start without",
       &C::required_signers},
      {"Nodes", "ApiInfo",
       "Full nodes that are read from, in this order, and pushed to, all of them (\"TOKEN:MULTIADDR\", a token with "
       "write "
       "permission). Empty: FULLNODE_API_INFO, or the daemon of the lotus repository",
       &C::nodes},
      {"Nodes", "Timeout", "How long a node may take to answer a call", &C::node_timeout},
      {"Fees", "MaxFee", "The most that a message may cost in gas when its kind has no ceiling below", &C::max_fee},
      {"Fees", "Kinds", "Ceilings by kind of message, such as \"SubmitWindowedPoSt=5 FIL\"", &C::max_fee_of_kinds},
      {"Fees", "ReplaceAfter",
       "Epochs after which a message that waits for its fee is replaced by one that pays more; 0 for never",
       &C::replace_after},
      {"Fees", "MaxReplaces", "How often one message is replaced by itself", &C::max_replaces},
      {"Publish", "Window", "Messages of a sender that are under way at once", &C::window},
      {"Publish", "Confidence", "Epochs on top of a message after which it counts as settled", &C::confidence},
      {"Retention", "KeepOnChain",
       "How long messages that are on chain stay in the table, such as \"720h\"; \"0s\" for ever", &C::keep_on_chain},
      {"Libp2p", "ListenAddresses",
       "Where peers connect to (multiaddresses; port 0 takes any; none: no gossip). Left as it is, it is "
       "/ip4/127.0.0.1/tcp/0 on a test network",
       &C::libp2p_listen},
      {"Libp2p", "BootstrapPeers",
       "Peers to stay connected to, instead of the network's own list (multiaddresses that end in /p2p/ID)",
       &C::libp2p_bootstrap},
      {"Logging", "Level", "Least level that is logged: debug, info, warn, error, off", &C::log_level},
  };
  return options;
}

}  // namespace nelumbo::node
