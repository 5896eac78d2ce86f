// Sector numbers: one is given once. What the chain has seen, what is ours and what is reserved is not given again.
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {
constexpr SectorNumber kMaxNumber = (uint64_t{1} << 63) - 1;
constexpr uint64_t kMaxReservation = 1 << 20;

/// The first number from `from` on that is not in the set.
SectorNumber first_free(const BitField& taken, SectorNumber from) {
  for (const auto& range : taken.ranges()) {
    if (range.begin > from) break;
    from = std::max(from, range.end);
  }
  return from;
}

Result<> check_name(const std::string& name) {
  if (name.empty() || name.size() > 64)
    return fail(ErrorCode::invalid, "the name of a reservation has 1 to 64 characters");
  for (unsigned char c : name) {
    if (!std::isalnum(c) && c != '-' && c != '_')
      return fail(ErrorCode::invalid, "the name of a reservation has letters, digits, - and _ only: '{}'", name);
  }
  return {};
}
}  // namespace

Result<BitField> Machine::taken_numbers(bool with_reservations) {
  auto taken = TRY_IN("asking for the numbers used on the chain", parts_.chain->allocated(config_.miner, TipsetKey()));
  for (const auto& [number, sector] : sectors_) taken.set(number);
  if (with_reservations) {
    for (const auto& [name, numbers] : TRY(book_.reservations())) taken = taken | numbers;
  }
  return taken;
}

Result<SectorNumber> Machine::pledge() {
  TRY(writable());
  auto info = TRY_IN("asking for the miner's sector size", parts_.chain->miner_info(config_.miner, TipsetKey()));
  SectorRecord record;
  record.proof = TRY(seal_proof_for_size(info.sector_size));
  {
    Turn turn(*this);
    auto taken = TRY(taken_numbers(true));
    record.number = first_free(taken, TRY(book_.next_number()));
    if (record.number > kMaxNumber) return fail(ErrorCode::exhausted, "all sector numbers are used");
    record.created = record.entered = now_seconds();
    add_log(record, "event;created", "committed capacity");
    Book::Change change;
    change.records.push_back(record);
    change.next_number = record.number + 1;
    TRY_IN("storing the new sector", book_.apply(change));
    std::lock_guard view(view_);
    sectors_[record.number].record = record;
    active_.insert(record.number);
  }
  inbox_->wake();
  return record.number;
}

Result<std::map<std::string, BitField>> Machine::reservations() { return book_.reservations(); }

Result<> Machine::reserve(const std::string& name, const BitField& numbers, bool force) {
  TRY(writable());
  TRY(check_name(name));
  if (numbers.empty()) return fail(ErrorCode::invalid, "no number is to be reserved");
  Turn turn(*this);
  for (const auto& [other, theirs] : TRY(book_.reservations())) {
    if (other == name && !force) return fail(ErrorCode::exists, "the reservation {} exists", name);
    if (other != name && !(theirs & numbers).empty())
      return fail(ErrorCode::exists, "some of these numbers are reserved as {}", other);
  }
  auto taken = TRY(taken_numbers(false));
  if (!force && !(taken & numbers).empty()) return fail(ErrorCode::exists, "some of these numbers are used already");
  return book_.set_reservation(name, numbers);
}

Result<BitField> Machine::reserve_count(const std::string& name, uint64_t count) {
  TRY(writable());
  TRY(check_name(name));
  if (count == 0 || count > kMaxReservation)
    return fail(ErrorCode::invalid, "1 to {} numbers can be reserved at a time", kMaxReservation);
  Turn turn(*this);
  auto held = TRY(book_.reservations());
  if (held.contains(name)) return fail(ErrorCode::exists, "the reservation {} exists", name);
  auto taken = TRY(taken_numbers(true));
  BitField out;
  auto next = TRY(book_.next_number());
  for (uint64_t i = 0; i < count; ++i) {
    next = first_free(taken, next);
    if (next > kMaxNumber) return fail(ErrorCode::exhausted, "there are not so many free numbers");
    out.set(next++);
  }
  TRY(book_.set_reservation(name, out));
  return out;
}

Result<> Machine::free_reservation(const std::string& name) {
  TRY(writable());
  Turn turn(*this);
  auto held = TRY(book_.reservations());
  if (!held.contains(name)) return fail(ErrorCode::not_found, "there is no reservation {}", name);
  return book_.set_reservation(name, std::nullopt);
}

}  // namespace nelumbo::sealing
