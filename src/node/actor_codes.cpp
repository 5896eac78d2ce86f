#include "actor_codes.hpp"

#include "base/log.hpp"

namespace nelumbo::node {

std::optional<actors::ActorCode> ActorCodes::find(const Cid& code) {
  std::lock_guard lock(mutex_);
  if (auto known = codes_.find(code)) return known;
  if (all_loaded_) return std::nullopt;
  all_loaded_ = true;
  for (unsigned version : actors::available_bundles(bundle_)) {
    if (auto loaded = load(version); !loaded)
      log_warn("node", "bundle of actors v{}: {}", version, loaded.error().message);
  }
  return codes_.find(code);
}

Result<actors::Manifest> ActorCodes::of_network_version(uint32_t network_version) {
  unsigned version = TRY(actors::actors_version(network_version));
  std::lock_guard lock(mutex_);
  return load(version);
}

void ActorCodes::add(const actors::Manifest& manifest) {
  std::lock_guard lock(mutex_);
  manifests_[manifest.actors_version] = manifest;
  codes_.add(manifest);
}

std::vector<Cid> ActorCodes::roots() {
  std::lock_guard lock(mutex_);
  std::vector<Cid> out;
  for (const auto& [version, manifest] : manifests_) out.push_back(manifest.root);
  return out;
}

Result<actors::Manifest> ActorCodes::load(unsigned version) {
  if (auto known = manifests_.find(version); known != manifests_.end()) return known->second;
  auto store = make_memory_blockstore();
  bool newest = version == actors::kNewestActorsVersion;
  auto manifest = TRY(actors::load_bundle(*store, bundle_, version, newest ? override_file_ : std::nullopt));
  manifests_[version] = manifest;
  codes_.add(manifest);
  return manifest;
}

}  // namespace nelumbo::node
