#include "actors/bundle.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "codec/car.hpp"

namespace nelumbo::actors {

namespace {

// The first network version of each version of the actors, descending.
struct FirstNetworkVersion {
  uint32_t network_version;
  unsigned actors_version;
};
constexpr std::array<FirstNetworkVersion, 18> kVersions{{{28, 18},
                                                         {27, 17},
                                                         {25, 16},
                                                         {24, 15},
                                                         {23, 14},
                                                         {22, 13},
                                                         {21, 12},
                                                         {19, 11},
                                                         {18, 10},
                                                         {17, 9},
                                                         {16, 8},
                                                         {15, 7},
                                                         {14, 6},
                                                         {13, 5},
                                                         {12, 4},
                                                         {10, 3},
                                                         {4, 2},
                                                         {0, 0}}};
constexpr uint32_t kNewestNetworkVersion = 28;

/// The object at a bundle's root.
struct ManifestRoot {
  uint64_t version = 0;
  Cid data;
  static constexpr auto fields =
      nelumbo::fields(field("Version", &ManifestRoot::version), field("Data", &ManifestRoot::data));
};

}  // namespace

Result<unsigned> actors_version(uint32_t network_version) {
  if (network_version > kNewestNetworkVersion) {
    return fail(ErrorCode::unsupported, "network version {} is newer than this build knows ({})", network_version,
                kNewestNetworkVersion);
  }
  for (const auto& each : kVersions) {
    if (network_version >= each.network_version) return each.actors_version;
  }
  return 0u;
}

Result<Cid> Manifest::code(std::string_view name) const {
  for (const auto& entry : entries) {
    if (entry.name == name) return entry.code;
  }
  return fail(ErrorCode::not_found, "built-in actors v{} have no actor \"{}\"", actors_version, name);
}

Result<Manifest> load_manifest(Blockstore& store, const Cid& root, unsigned actors_version) {
  auto head = TRY_IN("reading the manifest of the built-in actors", get_cbor<ManifestRoot>(store, root));
  if (head.version != 1) {
    return fail(ErrorCode::unsupported, "manifest {} has version {}, expected 1", root.str(), head.version);
  }
  Manifest manifest{.actors_version = actors_version, .root = root, .data = head.data};
  manifest.entries =
      TRY_IN("reading the entries of the manifest", get_cbor<std::vector<ManifestEntry>>(store, head.data));
  return manifest;
}

Result<Manifest> load_bundle_file(Blockstore& store, const fs::path& car, unsigned actors_version) {
  auto read = [&]() -> Result<Manifest> {
    auto reader = TRY(CarReader::open(car));
    if (reader.roots().size() != 1) {
      return fail(ErrorCode::invalid, "a bundle has one root, this file has {}", reader.roots().size());
    }
    Cid root = reader.roots().front();
    std::vector<Block> blocks;
    while (auto block = TRY(reader.next())) blocks.push_back({block->cid, std::move(block->data)});
    TRY(store.put_many(blocks));
    auto manifest = TRY(load_manifest(store, root, actors_version));
    for (const auto& entry : manifest.entries) {
      if (!TRY(store.has(entry.code))) {
        return fail(ErrorCode::invalid, "the code of actor \"{}\" ({}) is missing", entry.name, entry.code.str());
      }
    }
    return manifest;
  };
  return in_context(read(), "bundle " + car.string());
}

fs::path bundle_file(std::string_view bundle, unsigned actors_version) {
  auto variable = fmt::format("LOTUS_BUILTIN_ACTORS_V{}_BUNDLE", actors_version);
  if (const char* path = std::getenv(variable.c_str()); path && *path) return expand_home(path);
  return cache_folder() / "assets" / "bundles" / fmt::format("{}-v{}.car", bundle, actors_version);
}

Result<Manifest> load_bundle(Blockstore& store, std::string_view bundle, unsigned actors_version,
                             const std::optional<fs::path>& override_file) {
  auto path = override_file.value_or(bundle_file(bundle, actors_version));
  std::error_code error;
  if (!fs::exists(path, error)) {
    return fail(ErrorCode::not_found,
                "no bundle of built-in actors v{} for \"{}\" at {}: run `make assets`, or name a file with "
                "--actors-bundle or LOTUS_BUILTIN_ACTORS_V{}_BUNDLE",
                actors_version, bundle, path.string(), actors_version);
  }
  return load_bundle_file(store, path, actors_version);
}

std::vector<unsigned> available_bundles(std::string_view bundle) {
  std::vector<unsigned> versions;
  std::error_code error;
  for (unsigned version = 8; version <= kNewestActorsVersion; ++version) {
    if (fs::exists(bundle_file(bundle, version), error)) versions.push_back(version);
  }
  return versions;
}

std::string ActorCode::str() const {
  // Actors v0 called themselves "fil/1"; from v2 on the number is the version.
  return fmt::format("fil/{}/{}", version == 0 ? 1 : version, name);
}

void CodeBook::add(const Manifest& manifest) {
  for (const auto& entry : manifest.entries) codes_[entry.code] = {manifest.actors_version, entry.name};
}

std::optional<ActorCode> CodeBook::find(const Cid& code) const {
  if (auto it = codes_.find(code); it != codes_.end()) return it->second;
  if (!code.defined() || code.hash_code() != multihash::kIdentity) return std::nullopt;
  auto text = as_text(code.digest());
  // "fil/N/name"
  if (text.size() < 7 || !text.starts_with("fil/") || text[5] != '/' || text[4] < '1' || text[4] > '7') {
    return std::nullopt;
  }
  unsigned version = static_cast<unsigned>(text[4] - '0');
  return ActorCode{version == 1 ? 0 : version, std::string(text.substr(6))};
}

bool CodeBook::is(const Cid& code, std::string_view name) const {
  auto found = find(code);
  return found && found->name == name;
}

}  // namespace nelumbo::actors
