#pragma once
// Private keys as people pass them on: lotus's hex of JSON, JSON, or Ethereum's plain hex. Never on the command line.

#include "command.hpp"

namespace nelumbo::cli {

/// Flags of the commands that print and read keys.
Flag export_format();
Flag import_format();
Flag import_type();

Result<> check_key_format(const std::string& format);
/// A key in a format of --format.
Result<std::string> key_text(const rpc::KeyInfo& key, const std::string& format);
/// The key in the file of the first argument, or on standard input when there is none or it is "-".
Result<rpc::KeyInfo> key_argument(const Context& context);

}  // namespace nelumbo::cli
