#include "wallet/key_store.hpp"

#include "fuzz.hpp"
#include "wallet/wallet.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto text = as_text(input);
  if (auto key = wallet::decode_key_info(text)) {
    require(wallet::decode_key_info(wallet::encode_key_info(*key)) == *key, "a key's JSON is read back");
    require(wallet::import_text(wallet::export_text(*key)) == *key, "an exported key is read back");
    (void)wallet::address_of(*key);
  }
  (void)wallet::import_text(text);
}
