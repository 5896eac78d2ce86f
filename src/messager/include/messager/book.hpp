#pragma once
// The nonce book: wallets, signed messages and what else of the message server must survive, in one SQL database.
//
// Every call is one transaction. A nonce is taken and the signed message stored in the same one, so that a sender's
// nonces are consecutive whatever ends the process, the database or the connection. Several servers may share a
// database.

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "messager/vault.hpp"
#include "types/block.hpp"
#include "types/message.hpp"

namespace nelumbo::messager {

struct DatabaseConfig {
  std::string driver = "sqlite3";  ///< "sqlite3" or "mysql" (MySQL and MariaDB)
  std::string dsn;  ///< SQLite: path of the file; MySQL: SOCI's words, "host=… port=… db=… user=… password=…"
  size_t sessions = 8;                         ///< connections at most
  std::chrono::milliseconds patience{10'000};  ///< how long a call tries again while the database is away or busy
};

/// Milliseconds since the Unix epoch.
using UnixMillis = int64_t;

/// A row of `wallets`.
struct WalletRow {
  Address address;     ///< a key address: f1, f3 or f410
  uint64_t nonce = 0;  ///< of the next message
  std::string halted;  ///< why no nonce is given out for it; empty: none
  UnixMillis created = 0;
};

/// A row of `signed_msgs`.
struct MessageRow {
  int64_t id = 0;
  Address address;  ///< the sender's key address
  uint64_t nonce = 0;
  Cid cid;                  ///< of `message`
  SignedMessage message;    ///< the newest that was signed for the nonce; once on chain, the one that is there
  ChainEpoch gr_epoch = 0;  ///< the head's height when it was made
  ChainEpoch epoch = 0;     ///< height of the tipset that includes it; 0 while it is not on chain
  std::string uuid;         ///< the client's; empty: none given
  std::string kind;         ///< "Send", "SubmitWindowedPoSt", …
  UnixMillis created = 0;
  UnixMillis changed = 0;  ///< last signing (creation or replacement)
  int64_t replaced = 0;    ///< how many times it was replaced by fee
  TokenAmount
      max_fee;  ///< ceiling of gas_limit * gas_fee_cap when it is replaced, attoFIL; 0: the server's for its kind
  std::optional<int64_t> exit_code;  ///< on chain: its receipt's
  int64_t gas_used = 0;
  std::string fault;  ///< on chain, but another message took its nonce: which; empty: none
};

/// What a client asks to be sent: gas values filled in, the nonce left open.
struct Draft {
  Message message;   ///< its nonce is not looked at
  std::string uuid;  ///< makes a repeated call give the first one's row; empty: none. At most 64 characters
  std::string kind;
  ChainEpoch gr_epoch = 0;
  TokenAmount max_fee;
};

/// Which rows to list; empty members mean all. Newest first.
struct MessageFilter {
  std::optional<Address> address;
  std::optional<bool> on_chain;
  std::optional<uint64_t> from_nonce, to_nonce;  ///< inclusive
  std::string kind;
  size_t limit = 100, offset = 0;
};

/// What is not on chain yet, per wallet.
struct PendingSummary {
  Address address;
  uint64_t count = 0;
  uint64_t lowest_nonce = 0;
  UnixMillis oldest = 0;  ///< creation of the lowest nonce's row
};

/// The right to do what only one server may do at a time, until it runs out. The fence grows with every holder, so that
/// a holder that was paused cannot write after the next has begun.
struct Lease {
  std::string holder;
  int64_t fence = 0;
  std::string name;  ///< which right
};

/// Up to where the chain was looked through for our messages.
struct Cursor {
  TipsetKey key;
  ChainEpoch height = 0;
};

/// A message of one of our senders that was found on the chain.
struct Inclusion {
  Address address;
  uint64_t nonce = 0;
  Cid cid;
  ChainEpoch epoch = 0;  ///< of the tipset that includes it
  int64_t exit_code = 0;
  int64_t gas_used = 0;
};
/// A message that a reorganisation took off the chain.
struct Removal {
  Address address;
  uint64_t nonce = 0;
};

/// An API token that was given out.
struct TokenRow {
  int64_t id = 0;
  std::string name;
  std::string permission;  ///< the highest it carries
  UnixMillis created = 0;
  UnixMillis expires = 0;  ///< 0: never
  bool revoked = false;
};

/// Thread-safe. Errors: `unavailable` when the database does not answer within its patience (nothing is half done; a
/// draft with a uuid can be sent again), `not_found`, `exists`, `permission` (a lease that was lost), `invalid`.
class Book {
 public:
  virtual ~Book() = default;

  /// Keeps a key; its first message gets next_nonce. `exists` when it is there.
  virtual Result<Address> add_wallet(const wallet::KeyInfo& key, uint64_t next_nonce) = 0;
  virtual Result<std::vector<WalletRow>> wallets() = 0;
  /// not_found, naming the address, when there is no such wallet.
  virtual Result<WalletRow> wallet(const Address& address) = 0;
  virtual Result<wallet::KeyInfo> key(const Address& address) = 0;
  /// Refused (`invalid`) while messages of it are not on chain.
  virtual Result<> remove_wallet(const Address& address) = 0;
  /// Gives out no nonce for the sender any more, and says why to whoever asks for one.
  virtual Result<> halt(const Address& address, const std::string& reason) = 0;
  /// Ends the halt. The next nonce becomes next_nonce, which may not be below that of a row not on chain plus one.
  virtual Result<> resume(const Address& address, uint64_t next_nonce) = 0;

  /// Takes the next nonce, signs, stores: durable when it returns. Calls that come together share a transaction. The
  /// same uuid with the same message gives the first row (as it is now: it may have been replaced); with another
  /// message `exists`. Gas values are not compared, since a repeated call estimates them anew.
  virtual Result<MessageRow> assign(Draft draft) = 0;

  virtual Result<std::vector<MessageRow>> list(const MessageFilter& filter) = 0;
  /// By the CID of any message ever signed for the row.
  virtual Result<std::optional<MessageRow>> find(const Cid& cid) = 0;
  virtual Result<std::optional<MessageRow>> find(const Address& address, uint64_t nonce) = 0;
  virtual Result<std::optional<MessageRow>> find_uuid(const std::string& uuid) = 0;
  /// Rows not on chain with nonces from `from` on, ascending, at most `limit`.
  virtual Result<std::vector<MessageRow>> pending(const Address& address, uint64_t from, size_t limit) = 0;
  virtual Result<std::vector<PendingSummary>> pending_summary() = 0;
  /// Nonces in [from, the wallet's next) without a row: what no server can publish. At most `limit`.
  virtual Result<std::vector<uint64_t>> gaps(const Address& address, uint64_t from, size_t limit) = 0;

  /// Takes or renews the lease of that name for `time`; nullopt while another holds it.
  virtual Result<std::optional<Lease>> lease(const std::string& name, const std::string& holder,
                                             std::chrono::milliseconds time) = 0;
  virtual Result<> release(const std::string& name, const Lease& lease) = 0;

  virtual Result<std::optional<Cursor>> cursor() = 0;
  /// Removals first, then inclusions, then the cursor, in one transaction; `permission` when the lease was lost. An
  /// inclusion whose CID was never signed here sets the row's fault (or, without a row, is left to the caller who
  /// compares nonces).
  virtual Result<> advance(const Lease& lease, const Cursor& to, std::span<const Removal> removed,
                           std::span<const Inclusion> included) = 0;
  /// Puts a newly signed message in the place of a row's, for the same nonce; the old one stays findable. Refused when
  /// the row is on chain or is no longer what `known` says.
  virtual Result<MessageRow> replace(const MessageRow& known, Message message, const std::string& kind) = 0;
  /// Removes rows that are on chain below `epoch` and were made before `created`; how many.
  virtual Result<uint64_t> prune(ChainEpoch epoch, UnixMillis created) = 0;

  virtual Result<TokenRow> add_token(const std::string& name, const std::string& permission, UnixMillis expires) = 0;
  virtual Result<std::vector<TokenRow>> tokens() = 0;
  virtual Result<> revoke_token(int64_t id) = 0;
};

/// Driver and place of a database for persons ("mysql messages at db.local:3306"), without user and password.
std::string database_place(const DatabaseConfig& config);

/// What open_book says when the vault's secret is another than the one the keys were stored with.
inline constexpr std::string_view kOtherVault =
    "the keys in the database were stored with another passphrase or key file";

/// Opens the database, makes or migrates its schema, and checks the vault's secret against the one the keys were stored
/// with (`permission` when it is another). `eth_chain_id` is for delegated senders' signatures. Other errors: `invalid`
/// for an unknown driver, a DSN that cannot be read, tables of another program; `not_found` for a database or a folder
/// that does not exist; `permission` for a refused user or password; `unsupported` for a newer schema; `unavailable`
/// for a database that could not be reached within the patience.
Result<std::shared_ptr<Book>> open_book(const DatabaseConfig& config, std::shared_ptr<const Vault> vault,
                                        uint64_t eth_chain_id);

}  // namespace nelumbo::messager
