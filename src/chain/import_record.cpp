#include "import_record.hpp"

#include "ipld/kv_maintenance.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

namespace {
constexpr std::string_view kImportKey = "import";
}

Result<std::optional<ImportRecord>> load_import(KvStore& kv) {
  auto data = TRY(kv.get(spaces::kMeta, as_bytes(kImportKey)));
  if (!data) return std::optional<ImportRecord>();
  return std::optional(TRY_IN("the note of an import", from_cbor<ImportRecord>(*data)));
}

KvStore::Write import_write(const ImportRecord& record) {
  return {std::string(spaces::kMeta), to_bytes(kImportKey), to_cbor(record)};
}

Result<> save_import(KvStore& kv, const ImportRecord& record) {
  auto write = import_write(record);
  return kv.write(std::span(&write, 1), true);
}

Result<> reset_index(KvStore& kv) {
  auto& maintenance = maintenance_of(kv);
  TRY(maintenance.clear(spaces::kMessages));
  TRY(maintenance.clear(spaces::kCanonical));
  auto genesis = TRY(kv.get(spaces::kMeta, as_bytes("genesis")));
  if (!genesis) return {};
  KvStore::Write write{std::string(spaces::kCanonical), epoch_key(0), std::move(*genesis)};
  return kv.write(std::span(&write, 1), true);
}

Result<std::optional<UnfinishedImport>> unfinished_import(KvStore& kv) {
  auto record = TRY(load_import(kv));
  if (!record || !record->genesis) return std::optional<UnfinishedImport>();
  return UnfinishedImport{*record->genesis, !record->roots.empty()};
}

Result<std::optional<Cid>> stored_genesis(KvStore& kv) {
  auto key = TRY(kv.get(spaces::kMeta, as_bytes("genesis")));
  if (!key) return std::optional<Cid>();
  auto cids = TRY(TipsetKey::from_bytes(*key)).cids;
  if (cids.empty()) return fail(ErrorCode::invalid, "the key of the genesis is empty");
  return cids.front();
}

Result<bool> has_chain(KvStore& kv) {
  auto head = TRY(kv.get(spaces::kMeta, as_bytes("head")));
  return head && head != TRY(kv.get(spaces::kMeta, as_bytes("genesis")));
}

Result<> forget_import(KvStore& kv) {
  auto record = TRY(load_import(kv));
  if (!record) return {};
  // With a head above the genesis the import was adopted, and only its note was left.
  if (!TRY(has_chain(kv))) TRY(reset_index(kv));
  return kv.remove(spaces::kMeta, as_bytes(kImportKey));
}

Result<> remove_chain(KvStore& kv, const std::string& space, const Cid& genesis) {
  ImportRecord record;
  record.genesis = genesis;
  // The note comes with the removal of the head: whatever happens then, the next start begins an import again.
  std::vector<KvStore::Write> writes{import_write(record)};
  for (std::string_view key : {"head", "genesis"}) {
    writes.push_back({std::string(spaces::kMeta), to_bytes(key), std::nullopt});
  }
  TRY(kv.write(writes, true));
  TRY(reset_index(kv));
  return maintenance_of(kv).clear(space);
}

}  // namespace nelumbo::chain
