#pragma once
// Where known answers lie and how their files are read.
//
//   TEST(Fvm, Vectors) {
//     NELUMBO_VECTORS_OR_SKIP(folder, "fvm");
//     for (const auto& path : vectors::list(folder)) { auto vector = must(vectors::load(path)); … }
//   }

#include "base/file.hpp"
#include "codec/json.hpp"
#include "ipld/blockstore.hpp"

namespace nelumbo::vectors {

/// The folder NAME in $NELUMBO_VECTORS (default: shared/vectors beside the source tree); nullopt when it is not there.
std::optional<fs::path> find(std::string_view name);
/// One line that says which folder is missing and where its files can be had.
std::string missing(std::string_view name);
/// True with CI=true in the environment: then what is missing is a failure.
bool in_ci();

/// All *.json below the folder, sorted by path.
std::vector<fs::path> list(const fs::path& folder);

struct LoadedCar {
  std::vector<Cid> roots;
  std::vector<Cid> blocks;  ///< in the order of the file
};

/// One file in the form of filecoin-project/test-vectors.
struct VectorFile {
  fs::path path;
  std::string id;  ///< _meta.id
  JsonValue json;  ///< the whole file, but "car" is emptied
  LoadedCar car;
  BlockstorePtr store;  ///< the CAR's blocks, in memory
};
/// Reads the file and unpacks its state (base64 of a gzipped CAR), digests checked.
Result<VectorFile> load(const fs::path& path);

/// What gzip holds; exhausted beyond limit bytes.
Result<Bytes> gunzip(BytesView data, size_t limit = size_t{1} << 30);

/// Puts all blocks of a CAR into a store, digests checked.
Result<LoadedCar> load_car(const fs::path& path, Blockstore& store);

}  // namespace nelumbo::vectors

/// Defines `folder`, or ends the test: skipped with a line, failed in CI.
#define NELUMBO_VECTORS_OR_SKIP(folder, name)                                     \
  auto folder##_found = ::nelumbo::vectors::find(name);                           \
  if (!folder##_found) {                                                          \
    if (::nelumbo::vectors::in_ci()) FAIL() << ::nelumbo::vectors::missing(name); \
    GTEST_SKIP() << ::nelumbo::vectors::missing(name);                            \
  }                                                                               \
  const ::nelumbo::fs::path& folder = *folder##_found

/// Ends the test when a file of the asset program is absent: skipped with a line, failed in CI.
#define NELUMBO_ASSET_OR_SKIP(path)                                                                  \
  if (!::nelumbo::fs::exists(path)) {                                                                \
    const auto line = "no " + (path).string() + ": the asset program writes it (make assets)";       \
    if (::nelumbo::vectors::in_ci()) FAIL() << line;                                                 \
    GTEST_SKIP() << line;                                                                            \
  }
