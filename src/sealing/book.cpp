#include "book.hpp"

#include "sealing/pipeline.hpp"
#include "sealing/table.hpp"

namespace nelumbo::sealing {

namespace {

constexpr std::string_view kOutgoing = "message/";
constexpr std::string_view kReserved = "reserved/";
constexpr std::string_view kNext = "next";
/// Our own rows: bounded only so that damage is found.
constexpr CborLimits kLimits{.max_bytes = 256u << 20, .max_text = 1u << 20, .max_items = 1u << 20};

/// Big-endian, so that a scan gives sectors in their order.
Bytes sector_key(SectorNumber number) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(number >> shift));
  return out;
}
Bytes named_key(std::string_view prefix, std::string_view name) {
  auto out = to_bytes(prefix);
  out.insert(out.end(), name.begin(), name.end());
  return out;
}

/// Calls f(name, value) for the keys with a prefix until it fails.
Result<> each_named(KvStore& store, std::string_view prefix,
                    const std::function<Result<>(std::string_view, BytesView)>& f) {
  Result<> result;
  TRY(store.scan(kSealingSpace, as_bytes(prefix), [&](BytesView key, BytesView value) {
    auto text = as_text(key);
    if (!text.starts_with(prefix)) return false;
    result = f(text.substr(prefix.size()), value);
    return result.has_value();
  }));
  return result;
}

}  // namespace

std::string_view kind_name(MessageKind kind) {
  switch (kind) {
    case MessageKind::pre_commit:
      return "pre-commitment";
    case MessageKind::commit:
      return "proof";
    case MessageKind::update:
      return "replica update";
    case MessageKind::terminate:
      return "termination";
  }
  return "";
}

const std::optional<SentMessage>& message_of(const SectorRecord& record, MessageKind kind) {
  switch (kind) {
    case MessageKind::pre_commit:
      return record.pre_commit_message;
    case MessageKind::commit:
      return record.commit_message;
    case MessageKind::update:
      return record.update_message;
    case MessageKind::terminate:
      break;
  }
  return record.terminate_message;
}
std::optional<SentMessage>& message_of(SectorRecord& record, MessageKind kind) {
  return const_cast<std::optional<SentMessage>&>(message_of(std::as_const(record), kind));
}

Result<std::vector<SectorRecord>> Book::records() {
  std::vector<SectorRecord> out;
  Result<> result;
  TRY(store_->scan(kSectorsSpace, {}, [&](BytesView key, BytesView value) {
    auto record = from_cbor<SectorRecord>(value, kLimits);
    if (record && static_cast<size_t>(record->state) >= state_rows().size())
      record = fail(ErrorCode::invalid, "state {} is unknown", static_cast<int>(record->state));
    if (!record) {
      result = std::unexpected(std::move(record).error().in("sector row " + to_hex(key)));
      return false;
    }
    out.push_back(*std::move(record));
    return true;
  }));
  TRY(std::move(result));
  return out;
}

Result<std::vector<OutgoingRow>> Book::outgoing() {
  std::vector<OutgoingRow> out;
  TRY(each_named(*store_, kOutgoing, [&](std::string_view uuid, BytesView value) -> Result<> {
    auto row = TRY_IN(fmt::format("message row {}", uuid), from_cbor<OutgoingRow>(value, kLimits));
    out.push_back(std::move(row));
    return {};
  }));
  return out;
}

Result<SectorNumber> Book::next_number() {
  auto stored = TRY(store_->get(kSealingSpace, as_bytes(kNext)));
  if (!stored) return SectorNumber{0};
  return in_context(from_cbor<uint64_t>(*stored), "the next sector number");
}

Result<std::map<std::string, BitField>> Book::reservations() {
  std::map<std::string, BitField> out;
  TRY(each_named(*store_, kReserved, [&](std::string_view name, BytesView value) -> Result<> {
    auto numbers = TRY_IN(fmt::format("reservation {}", name), from_cbor<BitField>(value));
    out.emplace(name, std::move(numbers));
    return {};
  }));
  return out;
}

Result<> Book::apply(const Change& change) {
  std::vector<KvStore::Write> writes;
  for (const auto& record : change.records)
    writes.push_back({std::string(kSectorsSpace), sector_key(record.number), to_cbor(record)});
  for (const auto& row : change.rows)
    writes.push_back({std::string(kSealingSpace), named_key(kOutgoing, row.uuid), to_cbor(row)});
  for (const auto& uuid : change.ended)
    writes.push_back({std::string(kSealingSpace), named_key(kOutgoing, uuid), std::nullopt});
  if (change.next_number) writes.push_back({std::string(kSealingSpace), to_bytes(kNext), to_cbor(*change.next_number)});
  return store_->write(writes, true);
}

Result<> Book::set_reservation(const std::string& name, const std::optional<BitField>& numbers) {
  KvStore::Write write{std::string(kSealingSpace), named_key(kReserved, name), std::nullopt};
  if (numbers) write.value = to_cbor(*numbers);
  return store_->write(std::span(&write, 1), true);
}

}  // namespace nelumbo::sealing
