#pragma once
// What the programs call themselves.

#include <string>

namespace nelumbo::node {

inline constexpr std::string_view kVersion = "1.36.0-nelumbo";
inline constexpr std::string_view kAgent = "nelumbo";

/// "1.36.0-nelumbo+2k" for a network's build name, in the form of lotus's version text.
std::string user_version(std::string_view network);

}  // namespace nelumbo::node
