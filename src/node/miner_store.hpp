#pragma once
// The datastore of a miner's repository: which actor it is of, numbers kept over restarts, copies of all of it.

#include <optional>

#include "ipld/kv_store.hpp"
#include "node/repo.hpp"
#include "types/address.hpp"

namespace nelumbo::node {

Result<std::shared_ptr<KvStore>> open_miner_store(const Repository& repository);
/// nullopt: none was made yet.
Result<std::optional<Address>> stored_miner(KvStore& kv);
Result<> store_miner(KvStore& kv, const Address& actor);
/// nullopt: none was stored under the key.
Result<std::optional<int64_t>> stored_number(KvStore& kv, std::string_view key);
Result<> store_number(KvStore& kv, std::string_view key, int64_t value);

/// Writes every entry of the datastore to a new file; `exists` when there is one. Entries that change meanwhile are in
/// it as they were or as they are.
Result<> back_up(KvStore& kv, const fs::path& file);
/// Puts the entries of such a file into a datastore. invalid: it is cut off, changed, or no backup.
Result<> restore_backup(KvStore& kv, const fs::path& file);

}  // namespace nelumbo::node
