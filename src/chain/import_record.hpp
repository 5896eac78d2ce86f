#pragma once
// How far an import is, kept in the database: what lets it go on after a kill.

#include "chain/snapshot.hpp"

namespace nelumbo::chain {

struct ImportRecord {
  std::optional<Cid> genesis;  ///< that the chain goes back to
  uint64_t size = 0;           ///< bytes of the input
  std::vector<Cid> roots;      ///< of the CAR; none: nothing has been read
  TipsetKey head;
  CarMark mark;           ///< all before it is stored
  TipsetKey expected;     ///< the tipset that the headers are followed down to
  ChainEpoch epoch = -1;  ///< of the tipset above it
  uint64_t blocks = 0;
  bool whole = false;       ///< read to the end and checked
  ChainEpoch executed = 0;  ///< up to this epoch the results agree with the headers
  static constexpr auto fields =
      nelumbo::fields(field("Genesis", &ImportRecord::genesis), field("Size", &ImportRecord::size),
                      field("Roots", &ImportRecord::roots), field("Head", &ImportRecord::head),
                      field("Mark", &ImportRecord::mark), field("Expected", &ImportRecord::expected),
                      field("Epoch", &ImportRecord::epoch), field("Blocks", &ImportRecord::blocks),
                      field("Whole", &ImportRecord::whole), field("Executed", &ImportRecord::executed));
};

/// nullopt when no import is under way.
Result<std::optional<ImportRecord>> load_import(KvStore& kv);
/// As a write, to be made together with others.
KvStore::Write import_write(const ImportRecord& record);
Result<> save_import(KvStore& kv, const ImportRecord& record);
/// Empties the index of the chain but for the genesis.
Result<> reset_index(KvStore& kv);

}  // namespace nelumbo::chain
