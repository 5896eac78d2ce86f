#include <map>

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "disk_room.hpp"
#include "ipld/kv_maintenance.hpp"

namespace nelumbo {
namespace {

rocksdb::Slice slice(BytesView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
BytesView view(const rocksdb::Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }

ErrorCode code_of(const rocksdb::Status& status) {
  if (status.IsCorruption()) return ErrorCode::invalid;
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit) return ErrorCode::exhausted;
  return ErrorCode::failed;
}

std::unexpected<Error> failure(std::string_view what, const rocksdb::Status& status) {
  return fail(code_of(status), "database: {}: {}", what, status.ToString());
}

Result<> check(std::string_view what, const rocksdb::Status& status) {
  if (!status.ok()) return failure(what, status);
  return {};
}

/// The strongest compression that this RocksDB was built with.
rocksdb::CompressionType compression() {
  auto known = rocksdb::GetSupportedCompressions();
  for (auto wanted : {rocksdb::kZSTD, rocksdb::kLZ4Compression, rocksdb::kSnappyCompression}) {
    if (std::ranges::find(known, wanted) != known.end()) return wanted;
  }
  return rocksdb::kNoCompression;
}

// Sized for a node that should rest below 40 MB: what is read often is kept by our own cache of blocks.
constexpr size_t kBlockCache = 8u << 20;
constexpr size_t kMemtable = 4u << 20;
constexpr size_t kAllMemtables = 12u << 20;
constexpr int kOpenFiles = 256;

/// What must stay free for others than the writer: all memtables and a log. RocksDB cannot go on behind a log that it
/// could not write (in a build with assertions it ends the process), so nobody writes until the disk is full.
constexpr uint64_t kLeastRoom = kAllMemtables + kMemtable;

rocksdb::DBOptions database_options() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.db_write_buffer_size = kAllMemtables;
  options.max_open_files = kOpenFiles;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1u << 20;
  options.max_total_wal_size = 32u << 20;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1u << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions space_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kMemtable;
  options.max_write_buffer_number = 2;
  options.arena_block_size = 64u << 10;
  options.compression = compression();
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 8u << 10;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// For loading gigabytes: few and large files, compacted in large steps.
constexpr size_t kLoadingMemtable = 32u << 20;

void prepare_loading(rocksdb::DBOptions& database, rocksdb::ColumnFamilyOptions& space) {
  database.db_write_buffer_size = 4 * kLoadingMemtable;
  space.write_buffer_size = kLoadingMemtable;
  space.max_write_buffer_number = 4;
  space.arena_block_size = 1u << 20;
  space.level0_file_num_compaction_trigger = 8;
  space.level0_slowdown_writes_trigger = 64;
  space.level0_stop_writes_trigger = 128;
  space.max_bytes_for_level_base = 8 * kLoadingMemtable;
}

class RocksKvStore final : public KvStore, public KvMaintenance {
 public:
  RocksKvStore(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles, bool loading)
      : db_(std::move(db)), loading_(loading) {
    for (auto* handle : handles) spaces_[handle->GetName()] = handle;
  }

  ~RocksKvStore() override {
    // With nothing left in the log the next start has nothing to replay. If the disk is full the log still has it all.
    for (auto& [name, handle] : spaces_) (void)db_->Flush({}, handle);
    for (auto& [name, handle] : spaces_) db_->DestroyColumnFamilyHandle(handle);
    db_->Close();
  }

  Result<std::optional<Bytes>> get(std::string_view space, BytesView key) override {
    auto* column = TRY(handle(space));
    rocksdb::PinnableSlice value;
    auto status = db_->Get({}, column, slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return failure("reading", status);
    return to_bytes(view(value));
  }

  Result<bool> has(std::string_view space, BytesView key) override {
    auto* column = TRY(handle(space));
    rocksdb::PinnableSlice value;
    auto status = db_->Get({}, column, slice(key), &value);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return failure("reading", status);
    return true;
  }

  Result<> put(std::string_view space, BytesView key, BytesView value) override {
    auto* column = TRY(handle(space));
    TRY(check_room(db_->GetName(), kLeastRoom));
    return check("writing", db_->Put({}, column, slice(key), slice(value)));
  }

  Result<> remove(std::string_view space, BytesView key) override {
    auto* column = TRY(handle(space));
    return check("removing", db_->Delete({}, column, slice(key)));
  }

  Result<> write_views(std::span<const WriteView> writes, bool sync) override {
    rocksdb::WriteBatch batch;
    TRY(check_room(db_->GetName(), kLeastRoom));
    for (const auto& write : writes) {
      auto* space = TRY(handle(write.space));
      TRY(check("writing", write.value ? batch.Put(space, slice(write.key), slice(*write.value))
                                       : batch.Delete(space, slice(write.key))));
    }
    rocksdb::WriteOptions options;
    options.sync = sync;
    options.disableWAL = loading_ && !sync;
    return check("writing", db_->Write(options, &batch));
  }

  Result<> scan(std::string_view space, BytesView from,
                const std::function<bool(BytesView key, BytesView value)>& f) override {
    auto* column = TRY(handle(space));
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, column));
    for (it->Seek(slice(from)); it->Valid(); it->Next()) {
      if (!f(view(it->key()), view(it->value()))) return {};
    }
    return check("scanning", it->status());
  }

  Result<KvSpaceSize> size(std::string_view space) override {
    auto* column = TRY(handle(space));
    KvSpaceSize out;
    rocksdb::TablePropertiesCollection tables;
    TRY(check("measuring", db_->GetPropertiesOfAllTables(column, &tables)));
    for (const auto& [name, table] : tables) {
      out.entries += table->num_entries;
      out.removed += table->num_deletions;
    }
    db_->GetIntProperty(column, rocksdb::DB::Properties::kLiveSstFilesSize, &out.bytes);
    return out;
  }

  Result<> compact(std::string_view space, BytesView from, BytesView to, bool all) override {
    auto* column = TRY(handle(space));
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction =
        all ? rocksdb::BottommostLevelCompaction::kForceOptimized : rocksdb::BottommostLevelCompaction::kSkip;
    const auto begin = slice(from), end = slice(to);
    return check("compacting",
                 db_->CompactRange(options, column, from.empty() ? nullptr : &begin, to.empty() ? nullptr : &end));
  }

  Result<> clear(std::string_view space) override {
    auto* column = TRY(handle(space));
    // Whole files go at once; the mark covers what is left in memory and in files that are being written.
    TRY(check("emptying", rocksdb::DeleteFilesInRange(db_.get(), column, nullptr, nullptr)));
    const Bytes last(256, 0xff);  // behind every key
    TRY(check("emptying", db_->DeleteRange({}, column, slice({}), slice(last))));
    return compact(space, {}, {}, false);
  }

  Result<> flush() override {
    for (auto& [name, column] : spaces_) TRY(check("flushing", db_->Flush({}, column)));
    return {};
  }

 private:
  Result<rocksdb::ColumnFamilyHandle*> handle(std::string_view space) const {
    auto it = spaces_.find(space);
    if (it == spaces_.end()) return fail(ErrorCode::not_found, "the database has no space \"{}\"", space);
    return it->second;
  }

  std::unique_ptr<rocksdb::DB> db_;
  bool loading_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> spaces_;
};

/// The spaces to open: those asked for and, since RocksDB insists on all, those that are there.
std::vector<std::string> all_spaces(const fs::path& folder, std::vector<std::string> wanted) {
  std::vector<std::string> present;
  // Fails when there is no database yet; opening it says what is wrong with one that is damaged.
  if (!rocksdb::DB::ListColumnFamilies(database_options(), folder.string(), &present).ok()) present.clear();
  wanted.push_back(rocksdb::kDefaultColumnFamilyName);
  wanted.insert(wanted.end(), present.begin(), present.end());
  std::ranges::sort(wanted);
  wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
  return wanted;
}

}  // namespace

Result<> KvStore::write(std::span<const Write> writes, bool sync) {
  std::vector<WriteView> views;
  views.reserve(writes.size());
  for (const auto& each : writes) {
    WriteView& v = views.emplace_back(WriteView{each.space, each.key, std::nullopt});
    if (each.value) v.value = BytesView(*each.value);
  }
  return write_views(views, sync);
}

namespace {

Result<std::shared_ptr<KvStore>> open_database(const fs::path& folder, const std::vector<std::string>& spaces,
                                               bool loading) {
  TRY(make_folder(folder));
  auto database = database_options();
  auto space = space_options(rocksdb::NewLRUCache(kBlockCache));
  if (loading) prepare_loading(database, space);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& name : all_spaces(folder, spaces)) descriptors.emplace_back(name, space);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(database, folder.string(), descriptors, &handles, &db);
  if (!status.ok()) {
    // RocksDB tells a held lock from other I/O errors only in words.
    if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
      return fail(ErrorCode::exists, "the database in {} is in use by another process", folder.string());
    }
    return failure("opening " + folder.string(), status);
  }
  return std::make_shared<RocksKvStore>(std::unique_ptr<rocksdb::DB>(db), std::move(handles), loading);
}

/// For a store in memory.
class NoMaintenance final : public KvMaintenance {
  Result<KvSpaceSize> size(std::string_view) override { return KvSpaceSize{}; }
  Result<> compact(std::string_view, BytesView, BytesView, bool) override { return {}; }
  Result<> clear(std::string_view) override { return fail(ErrorCode::unsupported, "this store cannot empty a space"); }
  Result<> flush() override { return {}; }
};

}  // namespace

Result<std::shared_ptr<KvStore>> KvStore::open(const fs::path& folder, const std::vector<std::string>& spaces) {
  return open_database(folder, spaces, false);
}

Result<std::shared_ptr<KvStore>> open_for_loading(const fs::path& folder, const std::vector<std::string>& spaces) {
  return open_database(folder, spaces, true);
}

KvMaintenance& maintenance_of(KvStore& kv) {
  static NoMaintenance none;
  auto* own = dynamic_cast<KvMaintenance*>(&kv);
  return own != nullptr ? *own : none;
}

}  // namespace nelumbo
