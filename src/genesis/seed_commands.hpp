#pragma once
// The commands of lotus-seed: what each takes and what it does.

#include "genesis/template.hpp"

namespace nelumbo::genesis {

struct PreSealCommand {
  std::string miner = "t01000";
  std::string sector_size = "2KiB";
  std::string ticket_preimage = "lotus is fire";
  uint64_t sectors = 1;
  uint64_t offset = 0;
  std::string key;
  bool fake = false;
  uint32_t network_version = 28;
};
Result<> run_pre_seal(const PreSealCommand& options, const std::string& sector_dir);

struct AggregateCommand {
  std::vector<std::string> files;
};
Result<> run_aggregate(const AggregateCommand& options);

struct NewCommand {
  std::string file;
  std::string network_name;
  std::string timestamp;
};
Result<> run_new(const NewCommand& options);

struct AddMinerCommand {
  std::string file;
  std::string preseal;
  uint64_t balance = 50'000'000;  ///< FIL
};
Result<> run_add_miner(const AddMinerCommand& options);

struct AddMsigsCommand {
  std::string file;
  std::string csv;
};
Result<> run_add_msigs(const AddMsigsCommand& options);

struct SetActorCommand {
  std::string file;
  std::string multisig;
  std::string account;
};
Result<> run_set_actor(const SetActorCommand& options, TemplateActor Template::*actor);

struct SetSignersCommand {
  std::string file;
  std::vector<std::string> signers;
  uint64_t threshold = 1;
};
Result<> run_set_signers(const SetSignersCommand& options);

struct SetNetworkVersionCommand {
  std::string file;
  uint32_t network_version = 28;
};
Result<> run_set_network_version(const SetNetworkVersionCommand& options);

struct CarCommand {
  std::string file;
  std::string out = "genesis.car";
  std::string proofs = "real";
  std::string bundle;
};
Result<> run_car(const CarCommand& options);

/// Unix seconds of "2025-02-27T15:04:05Z" or with an offset "+01:00".
Result<uint64_t> parse_rfc3339(const std::string& text);

}  // namespace nelumbo::genesis
