// Sectors that were sealed elsewhere, into the store of a new repository.

#include <algorithm>

#include "book.hpp"
#include "sealing/pipeline.hpp"

namespace nelumbo::sealing {

Result<> adopt_sectors(const std::shared_ptr<KvStore>& store, std::span<const AdoptedSector> sectors, int64_t now) {
  Book book(store);
  const auto known = TRY(book.records());
  Book::Change change;
  change.next_number = TRY(book.next_number());
  for (const auto& each : sectors) {
    if (std::ranges::find(known, each.number, &SectorRecord::number) != known.end())
      return fail(ErrorCode::exists, "this repository has a sector {}", each.number);
    SectorRecord record;
    record.number = each.number;
    record.proof = each.proof;
    record.state = SectorState::Proving;
    record.created = record.entered = now;
    record.sealed_cid = each.sealed_cid;
    record.unsealed_cid = each.unsealed_cid;
    const auto size = TRY_IN(fmt::format("sector {}", each.number), seal_proof_info(each.proof)).sector_size;
    record.pieces.push_back({size, each.unsealed_cid});
    record.log.push_back({now, "event;adopted", "sealed elsewhere", ""});
    change.records.push_back(std::move(record));
    change.next_number = std::max(*change.next_number, each.number + 1);
  }
  return book.apply(change);
}

}  // namespace nelumbo::sealing
