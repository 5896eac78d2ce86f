#pragma once
// drand over HTTP: a client of its API, chain info, and the devnet's own server of the same API.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "chain/beacon.hpp"

namespace nelumbo::chain {

/// What /info gives.
struct DrandInfo {
  Bytes public_key;
  int64_t period = 0;        ///< seconds
  int64_t genesis_time = 0;  ///< Unix seconds
  Bytes genesis_seed;        ///< "groupHash" in JSON
  std::string scheme = "bls-unchained-g1-rfc9380";
  std::string beacon_id;

  /// The chain hash as drand computes it: sha256 of period (4 bytes), genesis time (8 bytes), both big-endian, public
  /// key, seed and, unless empty or "default", the beacon's id.
  Bytes hash() const;
  /// drand's JSON, as served by /info and kept in lotus's configuration.
  std::string json() const;
  /// Reads that JSON and checks the hash in it against the content.
  static Result<DrandInfo> parse(std::string_view json);
  /// As part of a network's parameters.
  DrandNetwork network(std::vector<std::string> servers) const;
};

/// A client of drand's HTTP API v1. Servers (http or https base URLs) are asked in turn, with time-outs and retries;
/// every entry's round is checked here, its signature by Beacon.
std::shared_ptr<BeaconSource> make_drand_client(const DrandNetwork& network);

/// Where a devnet's beacon listens, and what else it tells: a body for a path ("/genesis.car"), nullopt for none. Called
/// on the server's thread.
struct BeaconListen {
  std::string host = "127.0.0.1";  ///< IPv4 address; "0.0.0.0": every interface
  uint16_t port = 0;               ///< 0: any free one
  std::function<std::optional<std::string>(std::string_view path)> documents{};
};

/// The beacon of a devnet: drand's HTTP API (/info, /public/{round}, /public/latest, /health, /chains, each also under
/// /{chain hash}) over the suite's own key. Every past round is served at once, a future one never (404).
class DevnetBeacon {
 public:
  /// Reads the key file, or makes it (mode 0600) when there is none, and gives the beacon's info.
  static Result<DrandInfo> info(const fs::path& key_file, int64_t genesis_time, int64_t period);
  /// Serves with a thread of its own until destroyed.
  static Result<std::unique_ptr<DevnetBeacon>> serve(const fs::path& key_file, int64_t genesis_time, int64_t period,
                                                     BeaconListen listen = {},
                                                     std::shared_ptr<Clock> clock = system_clock());
  ~DevnetBeacon();

  const DrandInfo& info() const;
  uint16_t port() const;
  /// "http://127.0.0.1:port", or the one address it listens on.
  std::string url() const;

 private:
  struct State;
  explicit DevnetBeacon(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
