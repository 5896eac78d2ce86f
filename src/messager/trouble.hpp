#pragma once
// What a failure of the database means for whoever asked.

#include <string>

#include "base/result.hpp"

namespace nelumbo::messager {

/// A failed statement or connection, in terms of what to do about it.
struct Trouble {
  ErrorCode code = ErrorCode::failed;
  bool again = false;  ///< it can pass: busy, deadlock, restart
  bool lost = false;   ///< the connection is of no use any more
  std::string text;    ///< the database's own words; no values of the statement
};

/// Reads an exception of SOCI or of one of its backends.
Trouble trouble_of(const std::exception& error);

}  // namespace nelumbo::messager
