#pragma once
// A temporary folder of one test.

#include <cstdlib>

#include "base/file.hpp"

namespace nelumbo::node {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (fs::temp_directory_path() / "nelumbo-node-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TestFolder() { fs::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  fs::path operator/(std::string_view name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace nelumbo::node
