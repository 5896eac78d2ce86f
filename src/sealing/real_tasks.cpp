#include "real_tasks.hpp"

namespace nelumbo::sealing {
namespace {

class RealTasks final : public SectorTasks {
 public:
  RealTasks(std::shared_ptr<Storage> storage, bool generate_parameters)
      : storage_(std::move(storage)), generate_parameters_(generate_parameters) {}

 private:
  template <class T>
  static Result<TaskOutput> as_output(Result<T> result) {
    if (!result) return std::unexpected(std::move(result).error());
    if constexpr (std::is_void_v<T>) {
      return TaskOutput();
    } else {
      return TaskOutput(*std::move(result));
    }
  }

  auto run(const SectorRef& s, const AddZeroPiece&, TaskWatch&) { return add_zero_piece(*storage_, s); }
  auto run(const SectorRef& s, const PreCommit1& t, TaskWatch& w) { return pre_commit_1(*storage_, s, t, w); }
  auto run(const SectorRef& s, const PreCommit2& t, TaskWatch& w) { return pre_commit_2(*storage_, s, t, w); }
  auto run(const SectorRef& s, const Commit1& t, TaskWatch& w) { return commit_1(*storage_, s, t, w); }
  auto run(const SectorRef& s, const Commit2& t, TaskWatch& w) { return commit_2(s, t, generate_parameters_, w); }
  auto run(const SectorRef& s, const Finalize& t, TaskWatch& w) { return finalize(*storage_, s, t, w); }
  auto run(const SectorRef& s, const Remove&, TaskWatch&) {
    auto lock = storage_->lock(s.miner, s.number, {}, {std::begin(kFileTypes), std::end(kFileTypes)});
    return remove_sector(*storage_, s);
  }
  auto run(const SectorRef& s, const ReplicaUpdate& t, TaskWatch& w) { return replica_update(*storage_, s, t, w); }
  auto run(const SectorRef& s, const ProveReplicaUpdate1& t, TaskWatch& w) {
    return prove_replica_update_1(*storage_, s, t, w);
  }
  auto run(const SectorRef& s, const ProveReplicaUpdate2& t, TaskWatch& w) {
    return prove_replica_update_2(s, t, generate_parameters_, w);
  }
  auto run(const SectorRef& s, const FinalizeReplicaUpdate&, TaskWatch& w) {
    return finalize_replica_update(*storage_, s, w);
  }

 public:
  Result<TaskOutput> run(const SectorRef& sector, const Task& task, TaskWatch& watch) override {
    return std::visit([&](const auto& each) { return as_output(run(sector, each, watch)); }, task);
  }

 private:
  const std::shared_ptr<Storage> storage_;
  const bool generate_parameters_;
};

}  // namespace

std::unique_ptr<SectorTasks> make_real_tasks(std::shared_ptr<Storage> storage, bool generate_parameters) {
  return std::make_unique<RealTasks>(std::move(storage), generate_parameters);
}

}  // namespace nelumbo::sealing
