#pragma once
// A folder of a test's own, removed with it.

#include <cstdlib>

#include "base/file.hpp"

namespace nelumbo::sealing::testing {

struct TestFolder {
  fs::path path = [] {
    std::string name = (fs::temp_directory_path() / "nelumbo-sealing-XXXXXX").string();
    return fs::path(::mkdtemp(name.data()));
  }();
  TestFolder() = default;
  TestFolder(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace nelumbo::sealing::testing
