#pragma once
// Code CIDs of a network's actors, read from its bundles when first asked for.

#include <mutex>

#include "actors/bundle.hpp"

namespace nelumbo::node {

/// Thread-safe.
class ActorCodes {
 public:
  /// `override_file`: the bundle to take for the newest version instead of the asset.
  ActorCodes(std::string bundle, std::optional<fs::path> override_file)
      : bundle_(std::move(bundle)), override_file_(std::move(override_file)) {}

  std::optional<actors::ActorCode> find(const Cid& code);
  Result<actors::Manifest> of_network_version(uint32_t network_version);
  /// A manifest that is in use on the chain anyhow.
  void add(const actors::Manifest& manifest);
  /// The roots of all bundles that were read so far.
  std::vector<Cid> roots();

 private:
  Result<actors::Manifest> load(unsigned version);
  std::string bundle_;
  std::optional<fs::path> override_file_;
  std::mutex mutex_;
  std::map<unsigned, actors::Manifest> manifests_;
  bool all_loaded_ = false;
  actors::CodeBook codes_;
};

}  // namespace nelumbo::node
