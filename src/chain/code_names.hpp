#pragma once
// Which actor a code CID is, read from the state itself (the system actor links to the manifest).

#include <map>

#include "types/state_tree.hpp"

namespace nelumbo::chain {

class CodeNames {
 public:
  /// Reads the manifest of a state. States of actors v0 to v7 have none; their codes name themselves.
  static Result<CodeNames> load(const StateTree& state);
  /// The manifest's name of a code ("account", "storageminer" …), empty when unknown.
  std::string_view name(const Cid& code) const;

 private:
  std::map<Cid, std::string> names_;
};

}  // namespace nelumbo::chain
