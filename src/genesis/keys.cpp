#include "crypto/keys.hpp"

#include "genesis/template.hpp"
#include "template_json.hpp"

namespace nelumbo::genesis {

Result<SignatureType> KeyInfo::signature_type() const {
  if (type == "bls") return SignatureType::bls;
  if (type == "secp256k1") return SignatureType::secp256k1;
  return fail(ErrorCode::unsupported, "keys of type \"{}\" cannot own a genesis miner: use bls or secp256k1", type);
}

Result<Address> KeyInfo::address() const {
  if (TRY(signature_type()) == SignatureType::bls) return Address::bls(TRY(bls::public_key(private_key)));
  return Address::secp256k1(TRY(secp256k1::public_key(private_key)));
}

Result<KeyInfo> generate_key(std::string_view type) {
  KeyInfo key{.type = std::string(type), .private_key = {}};
  key.private_key = TRY(key.signature_type()) == SignatureType::bls ? bls::generate() : secp256k1::generate();
  return key;
}

Result<KeyInfo> read_key_file(const fs::path& path) {
  auto read = [&]() -> Result<KeyInfo> {
    auto text = TRY(read_text_file(path));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    auto json = TRY(from_hex(text));
    auto key = TRY(from_json<KeyInfo>(TRY(parse_json(as_text(json)))));
    TRY(key.address());
    return key;
  };
  return in_context(read(), "key file " + path.string());
}

std::string key_file_text(const KeyInfo& key) { return to_hex(as_bytes(to_json(key).dump())); }

}  // namespace nelumbo::genesis
