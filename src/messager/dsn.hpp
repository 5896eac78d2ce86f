#pragma once
// The words of a MySQL DSN: checked and named before SOCI reads them, so that errors are clear and no secret is in
// them.

#include <chrono>
#include <map>
#include <string>

#include "base/result.hpp"

namespace nelumbo::messager {

using DsnWords = std::map<std::string, std::string>;

/// "host=db.local port=3306 password='a b\'c'": names and values. `invalid` for what SOCI would not take, naming the
/// word but no value.
Result<DsnWords> parse_dsn(const std::string& dsn);
/// The DSN for SOCI: with time limits for connecting, reading and writing and the character set, where it sets none.
Result<std::string> complete_dsn(const std::string& dsn, std::chrono::seconds limit);

}  // namespace nelumbo::messager
