#pragma once
// How the files of a sector are called, the same on every network: storage paths and pre-sealed folders share it.

#include <fmt/format.h>

#include "types/bigint.hpp"
#include "types/sector.hpp"

namespace nelumbo {

/// "s-t01000-7": the name of a sector's file or folder.
inline std::string sector_file_name(ActorId miner, SectorNumber number) {
  return fmt::format("s-t0{}-{}", miner, number);
}

}  // namespace nelumbo
