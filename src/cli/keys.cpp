#include "keys.hpp"

#include <iostream>

#include <unistd.h>

#include "types/json.hpp"

namespace nelumbo::cli {

namespace {

/// The key file's text: of the named file, else the first line of standard input.
Result<std::string> key_input(const Context& context) {
  if (!context.args.empty() && context.args[0] != "-") return read_text_file(context.args[0], 1 << 20);
  if (::isatty(STDIN_FILENO) != 0) std::cerr << "Enter private key: ";
  std::string line;
  if (!std::getline(std::cin, line)) return fail(ErrorCode::invalid, "no key on standard input");
  return line;
}

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<rpc::KeyInfo> parse_key(const Context& context, std::string_view input) {
  auto format = context.text("format");
  input = trimmed(input);
  if (format == "hex-lotus") return wallet::decode_key_info(as_text(TRY_IN("key", from_hex(input))));
  if (format == "json-lotus") return wallet::decode_key_info(input);
  if (format == "hex-eth") {
    auto type = context.text("type");
    if (type != "secp256k1" && type != "delegated") {
      return fail(ErrorCode::invalid, "--type for hex-eth format must be 'secp256k1' or 'delegated', got: '{}'", type);
    }
    if (input.starts_with("0x") || input.starts_with("0X")) input.remove_prefix(2);
    auto private_key = TRY_IN("decoding hex private key", from_hex(input));
    rpc::KeyInfo key{type, std::move(private_key)};
    if (key.private_key.size() != 32)
      return fail(ErrorCode::invalid, "expected 32-byte private key, got {} bytes", key.private_key.size());
    return key;
  }
  return fail(ErrorCode::invalid, "unrecognized format: {}", format);
}

}  // namespace

Flag export_format() {
  return text("--format", "'hex-lotus' (hex-encoded JSON), 'json-lotus' (JSON) or 'hex-eth' (raw private key as hex)",
              "hex-lotus");
}
Flag import_format() { return text("--format", "'hex-lotus', 'json-lotus' or 'hex-eth'", "hex-lotus"); }
Flag import_type() { return text("--type", "key type for 'hex-eth': 'secp256k1' or 'delegated'", "delegated"); }

Result<> check_key_format(const std::string& format) {
  if (format == "hex-lotus" || format == "json-lotus" || format == "hex-eth") return {};
  return fail(ErrorCode::invalid, "unrecognized format: {}", format);
}

Result<std::string> key_text(const rpc::KeyInfo& key, const std::string& format) {
  auto json = wallet::encode_key_info(key);
  if (format == "hex-lotus") return to_hex(as_bytes(json));
  if (format == "json-lotus") return json;
  if (key.type != "secp256k1" && key.type != "delegated") {
    return fail(ErrorCode::invalid, "hex-eth format requires a secp256k1 or delegated key, got: {}", key.type);
  }
  return "0x" + to_hex(key.private_key);
}

Result<rpc::KeyInfo> key_argument(const Context& context) { return parse_key(context, TRY(key_input(context))); }

}  // namespace nelumbo::cli
