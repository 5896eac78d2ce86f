#include "devnet_share.hpp"

#include "base/clock.hpp"
#include "chain/http_get.hpp"
#include "codec/json.hpp"
#include "genesis/template.hpp"
#include "node/miner_process.hpp"
#include "process_api.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::node {

namespace {

constexpr auto kFetchTime = std::chrono::seconds(60);
constexpr size_t kMaxGenesis = 256 << 20, kMaxText = 1 << 20;  ///< bytes

std::vector<std::string> all_peers(const DevnetFile& file) {
  std::vector<std::string> out = file.peers;
  for (const auto& node : file.nodes) out.insert(out.end(), node.p2p_addresses.begin(), node.p2p_addresses.end());
  return out;
}

/// What a node needs to join.
struct Invitation {
  NetworkFile network;
  std::string genesis;  ///< CAR
  std::vector<std::string> peers;
};

Result<std::string> fetch(const std::string& url, size_t limit) {
  auto answer = TRY_IN("asking the devnet", chain::http_get(url, kFetchTime, limit));
  if (answer.status != 200) {
    return fail(ErrorCode::not_found, "{}: HTTP status {}; is this the address of a devnet's beacon?", url,
                answer.status);
  }
  return std::move(answer.body);
}

Result<Invitation> fetch_invitation(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  Invitation out;
  auto network = TRY(parse_json(TRY(fetch(url + "/network.json", kMaxText))));
  out.network = TRY_IN(url, from_json<NetworkFile>(network));
  // The devnet names its beacon as it is reached from there.
  out.network.drand_servers = {url};
  auto peers = TRY(parse_json(TRY(fetch(url + "/peers.json", kMaxText))));
  out.peers = TRY_IN(url, from_json<std::vector<std::string>>(peers));
  out.genesis = TRY(fetch(url + "/genesis.car", kMaxGenesis));
  return out;
}

Result<Invitation> read_invitation(const DevnetPaths& from) {
  Invitation out;
  auto file = TRY(read_devnet_file(from));
  out.network = TRY(read_network_file(from.network()));
  out.peers = all_peers(file);
  out.genesis = TRY(read_text_file(from.genesis(), kMaxGenesis));
  return out;
}

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

Result<Invitation> invitation(const DevnetJoin& join) {
  std::optional<std::string> url;
  std::vector<std::string> given;
  for (const auto& each : join.addresses) {
    if (is_url(each) && url) return fail(ErrorCode::invalid, "a node joins one devnet: {} and {} are two", *url, each);
    if (is_url(each)) {
      url = each;
    } else {
      given.push_back(each);
    }
  }
  if (!url && !join.from) {
    return fail(ErrorCode::invalid,
                "which devnet? Give the URL of its beacon (`lotus devnet info` names it), or its folder with --from");
  }
  Invitation out;
  if (url) {
    out = TRY(fetch_invitation(*url));
  } else {
    out = TRY(read_invitation({fs::absolute(*join.from)}));
  }
  if (!given.empty()) out.peers = std::move(given);
  return out;
}

/// Key, repository and sectors of a miner of the genesis that has no node yet.
Result<DevnetMiner> take_miner(const DevnetPaths& paths, const DevnetJoin& join) {
  if (!join.from) {
    return fail(ErrorCode::invalid,
                "--miner needs the devnet's folder (--from): the miner's key and sectors are there");
  }
  DevnetPaths from{fs::absolute(*join.from)};
  auto address = TRY_IN("--miner", Address::parse(*join.miner));
  auto devnet = TRY(read_devnet_file(from));
  auto key_file = from.worker_key(address.str());
  if (!fs::exists(key_file)) {
    return fail(ErrorCode::not_found,
                "{} is no miner without a node in {}: begin a devnet with more --miners than --nodes", address.str(),
                from.folder.string());
  }
  auto key = TRY(genesis::read_key_file(key_file));
  TRY(make_folder(paths.daemon()));
  wallet::Wallet wallet(TRY(wallet::open_key_store(paths.daemon() / "keystore")));
  auto worker = TRY(wallet.import_key({key.type, key.private_key}));
  TRY(wallet.set_default(worker));
  TRY(init_genesis_miner({.repository = paths.miner(), .actor = address.str(), .pre_sealed = from.sectors()}));
  return DevnetMiner{.address = address.str(), .worker = worker.str()};
}

}  // namespace

std::function<std::optional<std::string>(std::string_view path)> shared_documents(const DevnetPaths& paths) {
  return [paths](std::string_view path) -> std::optional<std::string> {
    auto text = [](const fs::path& file, size_t limit) -> std::optional<std::string> {
      auto found = read_text_file(file, limit);
      return found ? std::optional(*std::move(found)) : std::nullopt;
    };
    if (path == "/network.json") return text(paths.network(), kMaxText);
    if (path == "/genesis.car") return text(paths.genesis(), kMaxGenesis);
    if (path != "/peers.json") return std::nullopt;
    auto file = read_devnet_file(paths);
    return file ? std::optional(to_json(all_peers(*file)).dump()) : std::nullopt;
  };
}

Result<> learn_daemon(const fs::path& repository, DevnetNode& node, bool needs_peers) {
  auto where = TRY(rpc::find_api_info("", repository, "lotus daemon"));
  node.api_port = where.port;
  rpc::Client client(where);
  auto self = client.call(rpc::full::NetAddrsListen);
  node.p2p_addresses.clear();
  if (!self && !needs_peers) return {};
  if (!self) return std::unexpected(std::move(self).error().in("the daemon's peer-to-peer addresses"));
  for (const auto& each : self->addrs) {
    bool complete = each.find("/p2p/") != std::string::npos;
    node.p2p_addresses.push_back(complete ? each : each + "/p2p/" + self->id);
  }
  return {};
}

Result<> prepare_join(const DevnetPaths& paths, const DevnetJoin& join) {
  auto invited = TRY(invitation(join));
  DevnetFile file;
  if (fs::exists(paths.devnet())) {
    file = TRY(read_devnet_file(paths));
    auto known = TRY(read_network_file(paths.network()));
    if (!file.joined || known.genesis_cid != invited.network.genesis_cid) {
      return fail(ErrorCode::exists, "the folder {} holds another devnet: give another --dir", paths.folder.string());
    }
  } else {
    file.joined = true;
    file.created = rfc3339(system_clock()->now());
    file.nodes.resize(1);
    TRY(write_file(paths.genesis(), invited.genesis));
  }
  file.peers = std::move(invited.peers);
  if (join.miner && file.miners.empty()) {
    auto miner = TRY(take_miner(paths, join));
    file.miners.push_back(std::move(miner));
  }
  TRY(write_network_file(paths.network(), invited.network));
  return write_devnet_file(paths, file);
}

}  // namespace nelumbo::node
