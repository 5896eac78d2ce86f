#pragma once
// The tables, and bringing a database from whatever version to this program's.

#include "database.hpp"

namespace nelumbo::messager {

/// Of this program's schema; written to `meta`.
inline constexpr int64_t kSchemaVersion = 1;

/// Makes what is missing. `unsupported` for a newer schema, `invalid` for tables of another program. Several servers
/// may do it at once.
Result<> prepare_schema(Database& database);

/// A value of `meta`.
std::optional<std::string> meta(Sql& sql, const std::string& name);
/// Stores a value unless there is one, and gives the one that is there now.
std::string meta_or(Sql& sql, const std::string& name, const std::string& value);

}  // namespace nelumbo::messager
