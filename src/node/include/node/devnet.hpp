#pragma once
// `lotus devnet`: a Filecoin network of one's own in one foreground program. It makes a genesis with pre-sealed
// sectors, serves the beacon, and keeps daemons and miners running; the next start continues the same chain.

#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"

namespace nelumbo::node {

/// `lotus devnet join`: a node of a devnet that another supervisor runs, here or elsewhere.
struct DevnetJoin {
  std::vector<std::string> addresses;  ///< URL of the devnet's beacon; libp2p multiaddresses to use instead of its own
  std::optional<fs::path> from;        ///< --from: the devnet's folder, instead of the URL and for --miner
  std::optional<std::string> miner;    ///< --miner: one of the genesis that has no node yet
};

struct DevnetOptions {
  fs::path folder;                        ///< --dir (default ~/.nelumbo-devnet)
  bool fresh = false;                     ///< --fresh: begins a new chain, removing the old one
  bool mock_proofs = false;               ///< --proofs mock: bundle "testing-fake-proofs", for long runs
  std::optional<DevnetJoin> join;         ///< not a devnet of its own but a node of another
  std::optional<uint64_t> miners;         ///< --miners: pre-sealed into the genesis, f01000, f01001, … (default 1)
  std::optional<uint64_t> nodes;          ///< --nodes: daemons (default: as many as miners); miner 1 works on daemon 1
  std::optional<uint64_t> epoch_seconds;  ///< --epoch-seconds: else calibrated from a winning PoSt (mock: 1)
  int64_t warp = 0;                       ///< --warp: dates the genesis so many epochs back
  std::optional<int64_t> sparse;          ///< --sparse: while catching up, one block every so many epochs (else as it
                                          ///< takes about a minute, every window PoSt made all the same)
  std::optional<uint16_t> api_port;       ///< --api-port: of the daemon (1234 when free of choice), 0 any free one
  std::optional<uint16_t> miner_port;     ///< --miner-port: of the miner (2345), 0 any free one
  std::optional<uint16_t> beacon_port;    ///< --beacon-port: of the beacon (any free one)
  std::string beacon_listen = "127.0.0.1";  ///< --beacon-listen: IPv4 address on which the beacon and what others need
                                            ///< to join are served
  std::string p2p_listen = "127.0.0.1";     ///< --p2p-listen: IPv4 address on which the daemons listen for peers
  std::optional<fs::path> bundle;           ///< --actors-bundle: another bundle of actors v18
  bool message = true;                      ///< --no-message: without a message server
  std::optional<uint16_t> message_port;     ///< --message-port: of the message server (any free one)
  bool porep_params = true;                 ///< --no-porep-params: do not make the PoRep parameters in the background
  bool json_events = false;                 ///< --json-events: one JSON object per line on standard output
  std::string lotus_program;                ///< the `lotus` program (default: this one)
  std::string miner_program;                ///< the `lotus-miner` program (default: beside this one)
  std::string message_program;              ///< the `lotus-message` program (default: beside this one)
};

/// Runs in the foreground until SIGINT, SIGTERM or stop_devnet.
Result<> run_devnet(const DevnetOptions& options);
/// What a script or another node needs to know, as a JSON object; works while it runs and while not.
Result<std::string> devnet_info_json(const fs::path& folder);
/// The same for a person.
Result<std::string> devnet_info_text(const fs::path& folder);
/// Asks the running devnet of this folder to stop and waits until it has.
Result<> stop_devnet(const fs::path& folder);
fs::path default_devnet_folder();

}  // namespace nelumbo::node
