#pragma once
// The built-in actors' code: bundles (CAR files of Wasm modules), their manifests, and which code CID is which actor.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "ipld/blockstore.hpp"

namespace nelumbo::actors {

// Names of the actors, as manifests spell them.
namespace names {
inline constexpr std::string_view kSystem = "system";
inline constexpr std::string_view kInit = "init";
inline constexpr std::string_view kCron = "cron";
inline constexpr std::string_view kAccount = "account";
inline constexpr std::string_view kPower = "storagepower";
inline constexpr std::string_view kMiner = "storageminer";
inline constexpr std::string_view kMarket = "storagemarket";
inline constexpr std::string_view kPaymentChannel = "paymentchannel";
inline constexpr std::string_view kMultisig = "multisig";
inline constexpr std::string_view kReward = "reward";
inline constexpr std::string_view kVerifiedRegistry = "verifiedregistry";
inline constexpr std::string_view kDatacap = "datacap";
inline constexpr std::string_view kPlaceholder = "placeholder";
inline constexpr std::string_view kEvm = "evm";
inline constexpr std::string_view kEam = "eam";
inline constexpr std::string_view kEthAccount = "ethaccount";
}  // namespace names

/// The newest version of the built-in actors that this build knows the state of.
inline constexpr unsigned kNewestActorsVersion = 18;

/// The version of the built-in actors that a network version runs (nv17 -> 9 … nv28 -> 18); unsupported beyond.
Result<unsigned> actors_version(uint32_t network_version);

/// One actor of a bundle.
struct ManifestEntry {
  std::string name;
  Cid code;
  static constexpr auto fields =
      nelumbo::fields(field("Name", &ManifestEntry::name), field("Code", &ManifestEntry::code));
  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

/// What a bundle holds. On chain: [version 1, CID of the entries].
struct Manifest {
  unsigned actors_version = 0;
  Cid root;  ///< CID of [1, data]: the bundle's root, printed as the manifest CID
  Cid data;  ///< CID of the entries: what the system actor's state links to
  std::vector<ManifestEntry> entries;

  /// The code CID of an actor by name (names::…), not_found when this version has none such.
  Result<Cid> code(std::string_view name) const;
};

/// Reads the manifest at `root` from a store that has the bundle's blocks.
Result<Manifest> load_manifest(Blockstore& store, const Cid& root, unsigned actors_version);
/// Puts all blocks of a bundle CAR (plain or zstd) into the store and reads its manifest.
Result<Manifest> load_bundle_file(Blockstore& store, const fs::path& car, unsigned actors_version);

/// The file of a bundle ("mainnet", "calibrationnet", "devnet", "testing-fake-proofs"):
/// LOTUS_BUILTIN_ACTORS_V<n>_BUNDLE when set, else among the assets in the cache folder. The file may be missing.
fs::path bundle_file(std::string_view bundle, unsigned actors_version);
/// Loads a bundle from `override_file` when given, else from bundle_file(); a missing file is an error that says how
/// to get it.
Result<Manifest> load_bundle(Blockstore& store, std::string_view bundle, unsigned actors_version,
                             const std::optional<fs::path>& override_file = std::nullopt);
/// The versions whose bundle file exists, ascending.
std::vector<unsigned> available_bundles(std::string_view bundle);

/// Which actor a code CID is.
struct ActorCode {
  unsigned version = 0;
  std::string name;
  /// "fil/18/storageminer"
  std::string str() const;
  friend bool operator==(const ActorCode&, const ActorCode&) = default;
};

/// Code CIDs of known bundles. The codes of actors v0 to v7 name themselves (identity CIDs "fil/1/…") and are always
/// known. Not thread-safe while adding.
class CodeBook {
 public:
  void add(const Manifest& manifest);
  std::optional<ActorCode> find(const Cid& code) const;
  /// True when the code is that actor, of any version.
  bool is(const Cid& code, std::string_view name) const;

 private:
  std::map<Cid, ActorCode> codes_;
};

}  // namespace nelumbo::actors
