#include "miner_store.hpp"

#include "crypto/hash.hpp"
#include "mining/miner.hpp"
#include "net/connections.hpp"
#include "sealing/pipeline.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kMetadataSpace = "metadata";
constexpr std::string_view kAddressKey = "miner-address";
/// What blocks were made, what proofs were sent, the sectors, which peers are blocked: all that must not be forgotten.
constexpr std::string_view kSpaces[] = {kMetadataSpace,         mining::kBlocksSpace,   mining::kWindowPostSpace,
                                        sealing::kSectorsSpace, sealing::kSealingSpace, net::kBlockListSpace};

constexpr std::string_view kBackupName = "nelumbo miner backup";
constexpr uint64_t kBackupVersion = 1;
constexpr size_t kRestoreBatch = 1000;
constexpr CborLimits kBackupLimits{.max_bytes = uint64_t{64} << 20};

struct Entry {
  std::string space;
  Bytes key, value;
  static constexpr auto fields =
      nelumbo::fields(field("Space", &Entry::space), field("Key", &Entry::key), field("Value", &Entry::value));
};

bool known_space(std::string_view space) { return std::ranges::find(kSpaces, space) != std::end(kSpaces); }

}  // namespace

Result<std::shared_ptr<KvStore>> open_miner_store(const Repository& repository) {
  return in_context(KvStore::open(repository.datastore(), {std::begin(kSpaces), std::end(kSpaces)}),
                    "opening the datastore");
}

Result<std::optional<Address>> stored_miner(KvStore& kv) {
  auto bytes = TRY(kv.get(kMetadataSpace, as_bytes(kAddressKey)));
  if (!bytes) return std::optional<Address>();
  return TRY_IN("the miner's address", Address::from_bytes(*bytes));
}

Result<> store_miner(KvStore& kv, const Address& actor) {
  KvStore::Write write{std::string(kMetadataSpace), to_bytes(kAddressKey), actor.bytes()};
  return kv.write(std::span(&write, 1), true);
}

Result<std::optional<int64_t>> stored_number(KvStore& kv, std::string_view key) {
  auto bytes = TRY(kv.get(kMetadataSpace, as_bytes(key)));
  if (!bytes) return std::optional<int64_t>();
  return TRY_IN(key, from_cbor<int64_t>(*bytes));
}

Result<> store_number(KvStore& kv, std::string_view key, int64_t value) {
  KvStore::Write write{std::string(kMetadataSpace), to_bytes(key), to_cbor(value)};
  return kv.write(std::span(&write, 1), true);
}

// A backup is CBOR items one after the other: name, version, entries, and a SHA-256 over all before it.

Result<> back_up(KvStore& kv, const fs::path& file) {
  if (fs::exists(file)) return fail(ErrorCode::exists, "{} is there already", file.string());
  CborWriter out;
  out.text(kBackupName);
  out.uint(kBackupVersion);
  for (auto space : kSpaces) {
    TRY(kv.scan(space, {}, [&](BytesView key, BytesView value) {
      Cbor<Entry>::put(out, {std::string(space), to_bytes(key), to_bytes(value)});
      return true;
    }));
  }
  const auto digest = sha256(out.out);
  out.bytes(digest);
  return write_file(file, out.out, 0600);
}

Result<> restore_backup(KvStore& kv, const fs::path& file) {
  auto data = TRY(read_file(file));
  const std::string broken = file.string() + " is no whole backup of a miner";
  CborReader r(data, kBackupLimits);
  auto name = TRY_IN(broken, r.text());
  if (name != kBackupName) return fail(ErrorCode::invalid, "{} is no backup of a miner", file.string());
  auto version = TRY_IN(broken, r.uint());
  if (version != kBackupVersion)
    return fail(ErrorCode::unsupported, "{} is a backup of version {}, this program knows {}", file.string(), version,
                kBackupVersion);
  std::vector<KvStore::Write> writes;
  while (r.peek() == CborReader::Kind::array) {
    Entry entry;
    TRY_IN(broken, Cbor<Entry>::get(r, entry));
    if (!known_space(entry.space)) return fail(ErrorCode::invalid, "{}: unknown part \"{}\"", broken, entry.space);
    writes.push_back({std::move(entry.space), std::move(entry.key), std::move(entry.value)});
  }
  const auto digest = sha256(BytesView(data).first(r.position()));
  auto stored = TRY_IN(broken, r.bytes());
  TRY_IN(broken, r.finish());
  if (!std::ranges::equal(stored, digest)) return fail(ErrorCode::invalid, "{}: its digest does not match", broken);
  for (size_t i = 0; i < writes.size(); i += kRestoreBatch) {
    TRY(kv.write(std::span(writes).subspan(i, std::min(kRestoreBatch, writes.size() - i)), true));
  }
  return {};
}

}  // namespace nelumbo::node
