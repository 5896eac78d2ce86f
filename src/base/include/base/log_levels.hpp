#pragma once
// Levels of single subsystems, set while the program runs.

#include "base/log.hpp"

namespace nelumbo {

/// Drops what this subsystem says below the level, whatever set_log_level says; set_log_level ends it for all subsystems.
void set_log_level(std::string_view subsystem, LogLevel level);

}  // namespace nelumbo
