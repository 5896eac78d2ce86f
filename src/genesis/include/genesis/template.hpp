#pragma once
// The genesis template: what a network starts with, as JSON in lotus's format (lotus-seed genesis new).

#include "actors/market.hpp"
#include "base/file.hpp"

namespace nelumbo::genesis {

/// A key as key files hold it: kind "bls", "secp256k1" or "delegated", and the private key.
struct KeyInfo {
  std::string type;
  Bytes private_key;
  static constexpr auto fields =
      nelumbo::fields(field("Type", &KeyInfo::type), field("PrivateKey", &KeyInfo::private_key));
  friend bool operator==(const KeyInfo&, const KeyInfo&) = default;

  Result<SignatureType> signature_type() const;
  /// The address of the key.
  Result<Address> address() const;
};

/// A fresh key of a kind.
Result<KeyInfo> generate_key(std::string_view type);
/// A key file: hex of the key's JSON, as wallet export writes it.
Result<KeyInfo> read_key_file(const fs::path& path);
std::string key_file_text(const KeyInfo& key);

/// An account: Meta is {"Owner": key address}.
struct AccountMeta {
  Address owner;
  static constexpr auto fields = nelumbo::fields(field("Owner", &AccountMeta::owner));
  friend bool operator==(const AccountMeta&, const AccountMeta&) = default;
};
/// A multisig, whose balance vests when a duration is given.
struct MultisigMeta {
  std::vector<Address> signers;  ///< key addresses
  uint64_t threshold = 0;
  ChainEpoch vesting_duration = 0;
  ChainEpoch vesting_start = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Signers", &MultisigMeta::signers), field("Threshold", &MultisigMeta::threshold),
      field("VestingDuration", &MultisigMeta::vesting_duration), field("VestingStart", &MultisigMeta::vesting_start));
  friend bool operator==(const MultisigMeta&, const MultisigMeta&) = default;
};

/// An actor of the template: "account" or "multisig" with what belongs to it.
struct TemplateActor {
  enum class Type { account, multisig };
  Type type = Type::account;
  TokenAmount balance;  ///< attoFIL
  AccountMeta account;
  MultisigMeta multisig;
  friend bool operator==(const TemplateActor&, const TemplateActor&) = default;

  static TemplateActor make_account(const Address& owner, TokenAmount balance);
  static TemplateActor make_multisig(MultisigMeta meta, TokenAmount balance);
};

/// A sector that is sealed before the chain exists.
struct PreSeal {
  Cid comm_r;
  Cid comm_d;
  SectorNumber sector_number = 0;
  actors::DealProposal deal;  ///< a verified deal over the whole sector; its end is set when the genesis is made
  KeyInfo deal_client_key;
  SealProof proof_type{};
  static constexpr auto fields =
      nelumbo::fields(field("CommR", &PreSeal::comm_r), field("CommD", &PreSeal::comm_d),
                      field("SectorID", &PreSeal::sector_number), field("Deal", &PreSeal::deal),
                      field("DealClientKey", &PreSeal::deal_client_key), field("ProofType", &PreSeal::proof_type));
  friend bool operator==(const PreSeal&, const PreSeal&) = default;
};

struct TemplateMiner {
  Address id;  ///< the ID address it will get: f01000 for the first
  Address owner;
  Address worker;
  std::string peer_id;  ///< text form
  TokenAmount market_balance;
  TokenAmount power_balance;
  uint64_t sector_size = 0;
  std::vector<PreSeal> sectors;
  static constexpr auto fields = nelumbo::fields(
      field("ID", &TemplateMiner::id), field("Owner", &TemplateMiner::owner), field("Worker", &TemplateMiner::worker),
      field("PeerId", &TemplateMiner::peer_id), field("MarketBalance", &TemplateMiner::market_balance),
      field("PowerBalance", &TemplateMiner::power_balance), field("SectorSize", &TemplateMiner::sector_size),
      field("Sectors", &TemplateMiner::sectors));
  friend bool operator==(const TemplateMiner&, const TemplateMiner&) = default;
};

struct Template {
  uint32_t network_version = 28;
  std::vector<TemplateActor> accounts;
  std::vector<TemplateMiner> miners;
  std::string network_name;
  uint64_t timestamp = 0;                ///< Unix seconds
  TemplateActor verified_registry_root;  ///< becomes f080
  TemplateActor remainder;               ///< becomes f090 and gets all that is left of the two billion FIL
  static constexpr auto fields = nelumbo::fields(
      field("NetworkVersion", &Template::network_version), field("Accounts", &Template::accounts),
      field("Miners", &Template::miners), field("NetworkName", &Template::network_name),
      field("Timestamp", &Template::timestamp), field("VerifregRootKey", &Template::verified_registry_root),
      field("RemainderAccount", &Template::remainder));
  friend bool operator==(const Template&, const Template&) = default;
};

/// An empty template whose root key and remainder are multisigs of lotus's well-known test key.
Template new_template(std::string network_name, uint32_t network_version);

/// Preseal manifests: miners by their address.
using MinerManifest = std::map<std::string, TemplateMiner>;

// Files. Texts are indented by two spaces, as lotus writes them.
Result<Template> parse_template(std::string_view json);
std::string template_text(const Template& value);
Result<Template> read_template(const fs::path& path);
Result<> write_template(const fs::path& path, const Template& value);
Result<MinerManifest> read_miner_manifest(const fs::path& path);
std::string miner_manifest_text(const MinerManifest& miners);

/// Adds the miners of a manifest and an account with `balance` (attoFIL) for each owner. Their addresses must be the
/// next ones.
Result<> add_miners(Template& value, const MinerManifest& miners, const TokenAmount& balance);
/// Puts manifests together; sectors of one miner are joined. Different sector sizes of one miner are an error.
Result<MinerManifest> join_manifests(const std::vector<MinerManifest>& manifests);

/// One multisig of a CSV file of allocations: version, id, amount (FIL), vesting months, custodian, M, N, addresses
/// (separated by colons), type, two signatures. The first line is a header.
struct MultisigRow {
  MultisigMeta meta;
  TokenAmount amount;
};
Result<std::vector<MultisigRow>> parse_multisig_csv(std::string_view text, uint64_t block_delay);

}  // namespace nelumbo::genesis
