// Actor…, MiningBase, RuntimeSubsystems, CreateBackup: the miner actor and this process.

#include "actors/miner_params.hpp"
#include "actors/policy.hpp"
#include "engine/p2p.hpp"
#include "libp2p_settings.hpp"
#include "miner_parts.hpp"
#include "rpc/jwt.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
namespace methods = rpc::miner;

/// Asks the miner actor to pay out to its beneficiary; zero asks for all that is available.
Result<Cid> withdraw(MinerProcess& m, const BigInt& amount, bool by_beneficiary) {
  if (amount < 0) return fail(ErrorCode::invalid, "an amount to withdraw must not be negative");
  auto available = TRY(m.daemon->call(full::StateMinerAvailableBalance, m.actor, TipsetKey()));
  TokenAmount wanted = amount == 0 ? available : amount;
  if (wanted > available) {
    return fail(ErrorCode::invalid, "{} are asked for, the miner's available balance is {}", fil_string(wanted),
                fil_string(available));
  }
  if (wanted == 0) return fail(ErrorCode::invalid, "the miner has no available balance");
  auto info = TRY(m.daemon->call(full::StateMinerInfo, m.actor, TipsetKey()));
  Message message;
  message.to = m.actor;
  message.from = by_beneficiary ? info.beneficiary : info.owner;
  message.method = actors::methods::kWithdrawBalance;
  message.params = to_cbor(actors::MinerWithdrawBalanceParams{wanted});
  return TRY(m.chain->push_message(message, {})).cid();
}

/// As in lotus only below the folder that the operator has named for it.
Result<> create_backup(MinerProcess& m, const std::string& path) {
  const char* base = std::getenv("LOTUS_BACKUP_BASE_PATH");
  if (base == nullptr || *base == '\0') {
    return fail(ErrorCode::unavailable,
                "LOTUS_BACKUP_BASE_PATH is not set for this process: start it with the folder that backups may be "
                "written to, or stop it and use `lotus-miner backup --offline`");
  }
  auto folder = fs::weakly_canonical(expand_home(base));
  auto file = fs::weakly_canonical(expand_home(path));
  auto inside = file.lexically_relative(folder);
  if (inside.empty() || *inside.begin() == ".." || inside == ".") {
    return fail(ErrorCode::permission, "the backup file {} is not inside {} (LOTUS_BACKUP_BASE_PATH)", file.string(),
                folder.string());
  }
  return back_up(*m.kv, file);
}

/// lotus's names of what this process does.
std::vector<std::string> subsystems(const MinerProcess& m) {
  std::vector<std::string> out;
  if (m.config.enable_mining) out.emplace_back("Mining");
  if (m.config.enable_sealing) out.emplace_back("Sealing");
  out.emplace_back("SectorStorage");
  return out;
}

Result<rpc::AddressConfig> address_config(const MinerProcessConfig& config) {
  rpc::AddressConfig out{.disable_owner_fallback = config.disable_owner_fallback,
                         .disable_worker_fallback = config.disable_worker_fallback};
  const std::pair<const StringList*, std::vector<Address>*> lists[] = {
      {&config.pre_commit_control, &out.pre_commit_control},
      {&config.commit_control, &out.commit_control},
      {&config.terminate_control, &out.terminate_control},
      {&config.deal_publish_control, &out.deal_publish_control}};
  for (auto [from, to] : lists) {
    for (const auto& each : *from) to->push_back(TRY(Address::parse(each)));
  }
  return out;
}

/// The peer ID that `init` made and told the chain.
Result<std::string> peer_id(const MinerProcess& m) {
  auto keys = TRY(wallet::open_key_store(m.repository.keystore()));
  return p2p::peer_id_of(TRY(host_identity(*keys)));
}

}  // namespace

void bind_miner_actor(rpc::Server& server, MinerProcess& m) {
  server.bind(methods::ID, [&m] { return peer_id(m); });
  server.bind(methods::ActorAddress, [&m]() -> Result<Address> { return m.actor; });
  server.bind(methods::ActorSectorSize, [&m](const Address& miner) -> Result<uint64_t> {
    return TRY(m.daemon->call(full::StateMinerInfo, miner, TipsetKey())).sector_size;
  });
  server.bind(methods::ActorAddressConfig, [&m] { return address_config(m.config); });
  server.bind(methods::ActorWithdrawBalance, [&m](const BigInt& amount) { return withdraw(m, amount, false); });
  server.bind(methods::BeneficiaryWithdrawBalance, [&m](const BigInt& amount) { return withdraw(m, amount, true); });
  server.bind(methods::MiningBase, [&m] { return m.daemon->call(full::ChainHead); });
  server.bind(methods::RuntimeSubsystems, [&m]() -> Result<std::vector<std::string>> { return subsystems(m); });
  server.bind(methods::CreateBackup, [&m](const std::string& path) { return create_backup(m, path); });
  server.bind(methods::StorageAuthVerify, [&m](const std::string& token) -> Result<std::vector<std::string>> {
    auto secret = TRY(m.repository.jwt_secret());
    return TRY(rpc::verify_token(secret, token)).names();
  });
}

}  // namespace nelumbo::node
