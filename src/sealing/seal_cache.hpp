#pragma once
// The cache folder of a sector that is being sealed: which layers are whole, and of which replica.
//
// The engine goes on after the last layer file that has the right size, whatever replica it is of, and writes layers
// without a sync. So a note beside them says of which replica they are and how many have reached the disk; what the
// note does not vouch for is made again. The engine also takes over a data tree that it finds, so one that a crash left
// half written has to go, and one that is known to be right saves the work.

#include <thread>

#include "sealing/work.hpp"

namespace nelumbo::sealing {

/// Layers of labels of a sector size (the parameters of stacked DRG PoRep).
int layer_count(uint64_t sector_size);

class SealCache {
 public:
  /// `replica` names what the layers depend on: sector, proof type, ticket, data.
  SealCache(fs::path folder, uint64_t sector_size) : folder_(std::move(folder)), sector_size_(sector_size) {}

  const fs::path& folder() const { return folder_; }
  fs::path layer(int number) const;
  fs::path data_tree() const;

  /// Makes the folder ready for layers of this replica: keeps those that are known to be whole, removes all else. Gives
  /// how many are kept. `exists`: a finished seal of another replica lies here.
  Result<int> begin(const std::string& replica, bool zero_data);
  /// Syncs layers as they appear and notes them, until it goes; `finish` does the rest.
  class Keeper;
  /// From here on the replica's file is written in place: a phase 2 that is begun again has to restore it.
  Result<> begin_encoding() const;
  /// All layers and the data tree are on the disk, and the note says so.
  Result<> finish();

  /// What the note says; nullopt when there is none.
  struct Note {
    std::string replica;
    int layers = 0;
    bool zero_data = false;
    bool done = false;      ///< phase 1
    bool encoding = false;  ///< phase 2 has begun
    static constexpr auto fields = nelumbo::fields(field("Replica", &Note::replica), field("Layers", &Note::layers),
                                                   field("ZeroData", &Note::zero_data), field("Done", &Note::done),
                                                   field("Encoding", &Note::encoding));
  };
  Result<std::optional<Note>> note() const;
  /// Layers and data tree are there with their sizes, and of a finished phase 1: not_found or invalid when not.
  Result<> check_layers() const;
  /// Removes what phase 2 makes.
  Result<> remove_phase_2() const;
  /// Syncs each file of the folder.
  Result<> sync() const;
  /// Removes the note: the seal is finished.
  Result<> drop_note() const;

  // The data tree of a sector of zeros is kept once in each path (beside the sectors' folders) and linked into caches.
  Result<> link_zero_tree() const;
  Result<> keep_zero_tree() const;

 private:
  fs::path zero_tree() const;
  Result<> write_note(const Note& note) const;
  /// Syncs and notes layers that are whole beyond those noted; gives how many are.
  Result<int> note_layers() const;

  const fs::path folder_;
  const uint64_t sector_size_;
};

class SealCache::Keeper {
 public:
  /// `told` hears how many layers there are.
  Keeper(const SealCache& cache, std::function<void(int layers)> told);

 private:
  std::jthread thread_;
};

}  // namespace nelumbo::sealing
